/// What an object would do if its calls came one at a time: the yardstick a concurrent history is held against.
///
/// A model is pure: the same arguments give the same answer, on any thread. One that allows several next states for
/// one call takes a set of them as its ``State``.
public protocol SequentialModel: Sendable {
    /// What a call asks.
    associatedtype Input: Hashable & Sendable
    /// What a call answers.
    associatedtype Output: Hashable & Sendable
    /// What the object remembers between calls. It is hashed once for each step of the search: keep it small.
    associatedtype State: Hashable & Sendable
    /// What the state splits into: parts that no call touches together are checked apart, which is what makes long
    /// histories affordable.
    associatedtype Key: Hashable & Sendable = String

    /// The state before the first call, of the part with these keys; empty means the whole object.
    func initialState(of keys: Set<Key>) -> State

    /// The state after a call, or `nil` if the object cannot answer `output` to `input` in `state`.
    ///
    /// `output` is `nil` if nobody saw the answer: then any answer will do.
    func step(_ state: State, _ input: Input, _ output: Output?) -> State?

    /// Which part of the state a call reads or writes; the whole of it by default.
    ///
    /// The answer `nil` is an output nobody saw. A footprint that is too small makes the check wrong.
    func footprint(of input: Input, _ output: Output?) -> Footprint<Key>

    /// Whether the call leaves every state as it is in which it can answer `output`; `false` by default.
    ///
    /// Saying so saves most of the search, because such a call goes in as soon as it fits. Saying so wrongly makes the
    /// check wrong.
    func isReadOnly(_ input: Input, _ output: Output?) -> Bool

    /// A call as a reader of a report should see it; `output` is `nil` where it is unknown or plays no part.
    func describe(_ input: Input, _ output: Output?) -> String

    /// A state as a reader of a report should see it.
    func describe(_ state: State) -> String

    /// What the model promises, in a few words, such as "a set of at most 10".
    var promise: String { get }
}

/// Which part of a model's state a call touches.
public enum Footprint<Key: Hashable & Sendable>: Hashable, Sendable {
    /// The whole state: all calls are checked together.
    case everything
    /// These keys. Calls that share a key, directly or through others, are checked together.
    case keys(Set<Key>)
    /// Nothing that another call could notice: the call is left out of the check.
    case nothing
}

extension SequentialModel {
    public func footprint(of input: Input, _ output: Output?) -> Footprint<Key> { .everything }

    public func isReadOnly(_ input: Input, _ output: Output?) -> Bool { false }

    public func describe(_ input: Input, _ output: Output?) -> String {
        output.map { "\(input) → \($0)" } ?? "\(input)"
    }

    public func describe(_ state: State) -> String { "\(state)" }

    public var promise: String { "\(Self.self)" }
}
