import InterlockTransport
import Synchronization

/// What has happened so far, in order, with a way to wait until something has.
final class ConformanceLog<Entry: Sendable>: Sendable {
    private struct Watcher {
        var isSatisfied: @Sendable ([Entry]) -> Bool
        var resolved: OneShot<Bool>
    }

    private struct State {
        var entries: [Entry] = []
        var watchers: [Watcher] = []
    }

    private let state = Mutex(State())

    var entries: [Entry] { state.withLock { $0.entries } }

    func append(_ entry: Entry) { look { $0.append(entry) } }

    /// Looks again at what is waited for: after a change of something else that a condition reads.
    func reconsider() { look { _ in } }

    private func look(after change: (inout [Entry]) -> Void) {
        let due = state.withLock { state -> [Watcher] in
            change(&state.entries)
            if state.watchers.isEmpty { return [] }
            var due: [Watcher] = []
            state.watchers.removeAll { watcher in
                guard watcher.isSatisfied(state.entries) else { return false }
                due.append(watcher)
                return true
            }
            return due
        }
        for watcher in due { watcher.resolved.resolve(true) }
    }

    /// Suspends until the entries satisfy the test. Throws `CancellationError` when the task is cancelled first.
    func wait(until isSatisfied: @escaping @Sendable ([Entry]) -> Bool) async throws {
        let watcher = Watcher(isSatisfied: isSatisfied, resolved: OneShot())
        let isNow = state.withLock { state in
            if isSatisfied(state.entries) { return true }
            state.watchers.append(watcher)
            return false
        }
        if isNow { return }
        guard await watcher.resolved.wait(onCancel: { false }) else { throw CancellationError() }
    }

    /// The first entry that gives a value, waiting for it.
    func first<Value: Sendable>(_ value: @escaping @Sendable (Entry) -> Value?) async throws -> Value {
        try await wait { entries in entries.contains { value($0) != nil } }
        for entry in entries { if let found = value(entry) { return found } }
        throw CancellationError() // not reached: entries are never removed
    }
}
