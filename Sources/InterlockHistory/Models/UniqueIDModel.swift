/// A generator that never hands out the same identifier twice.
///
/// Each identifier is a part of its own, so a history of any length is judged in one step a call.
public struct UniqueIDModel<ID: Hashable & Sendable>: SequentialModel {
    public enum Input: Hashable, Sendable {
        case generate
    }

    public typealias Output = ID
    public typealias Key = ID

    /// Identifiers that were handed out before the first call.
    private let taken: Set<ID>

    /// A generator that must avoid the identifiers in `taken`.
    public init(taken: Set<ID> = []) {
        self.taken = taken
    }

    public var promise: String { "a generator that hands out no identifier twice" }

    public func initialState(of keys: Set<ID>) -> Set<ID> { keys.isEmpty ? taken : taken.intersection(keys) }

    public func footprint(of input: Input, _ output: ID?) -> Footprint<ID> {
        // An identifier nobody saw can collide with none that somebody did.
        output.map { .keys([$0]) } ?? .nothing
    }

    public func step(_ state: Set<ID>, _ input: Input, _ output: ID?) -> Set<ID>? {
        guard let output else { return state }
        return state.contains(output) ? nil : state.union([output])
    }

    public func describe(_ input: Input, _ output: ID?) -> String { output.map { "generate → \($0)" } ?? "generate" }

    public func describe(_ state: Set<ID>) -> String {
        state.isEmpty ? "nothing handed out" : "handed out: \(state.map { "\($0)" }.sorted().joined(separator: ", "))"
    }
}
