import Synchronization

/// What one run of a check demands and what it waits for just now, so that a failure can name both.
final class Expectation: Sendable {
    private struct State {
        var waits: [Int: String] = [:]
        var nextWait = 0
    }

    private let check: String
    private let rule: String
    private let onWait: @Sendable (String) -> Void
    private let state = Mutex(State())

    init(check: String, rule: String, onWait: @escaping @Sendable (String) -> Void) {
        self.check = check
        self.rule = rule
        self.onWait = onWait
    }

    /// Throws unless the condition holds.
    func require(_ condition: Bool, _ expected: @autoclosure () -> String, found: @autoclosure () -> String) throws(ConformanceFailure) {
        if !condition { throw failure(expected(), found: found()) }
    }

    /// Throws unless both are the same.
    func same<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws(ConformanceFailure) {
        if found != expected { throw failure("\(what) to be \(shortened(expected))", found: shortened(found)) }
    }

    /// The value, or a failure where there is none.
    func some<Value>(_ value: Value?, _ expected: String) throws(ConformanceFailure) -> Value {
        guard let value else { throw failure(expected, found: "nothing") }
        return value
    }

    func failure(_ expected: String, found: String) -> ConformanceFailure {
        ConformanceFailure(check: check, expected: expected, found: found, rule: rule)
    }

    /// Runs what waits, and names it should it never end.
    func awaiting<Value>(_ what: String, _ body: () async throws -> Value) async rethrows -> Value {
        let id = state.withLock { state in
            defer { state.nextWait += 1 }
            state.waits[state.nextWait] = what
            return state.nextWait
        }
        defer { state.withLock { $0.waits[id] = nil } }
        onWait(what)
        return try await body()
    }

    /// The failure of a check whose time is over.
    func overdue(after patience: Duration) -> ConformanceFailure {
        let waits = state.withLock { $0.waits }.sorted { $0.key < $1.key }.map(\.value)
        let expected = waits.isEmpty ? "the check to end" : waits.prefix(3).joined(separator: "; ")
        return failure(expected, found: "nothing of the kind within \(patience)")
    }

    private func shortened(_ value: some Any) -> String {
        let text = String(describing: value)
        return text.count > 300 ? "\(text.prefix(300))… (\(text.utf8.count) bytes)" : text
    }
}
