/// Registers by key: each holds one value or none, and answers what was written last.
///
/// It notices the stale read, the lost write, and a compare-and-set that let two through.
public struct RegisterModel<Value: Hashable & Sendable>: SequentialModel {
    public enum Action: Hashable, Sendable {
        case read
        /// Replaces the value; `nil` deletes it.
        case write(Value?)
        /// Replaces the value only if it is `expected` at that instant.
        case compareAndSet(expected: Value?, new: Value?)
    }

    public struct Input: Hashable, Sendable {
        public var key: String
        public var action: Action

        /// An action on the register called `key`.
        public init(_ action: Action, of key: String = "register") {
            self.key = key
            self.action = action
        }
    }

    public enum Output: Hashable, Sendable {
        /// What was read.
        case value(Value?)
        /// The write was done.
        case written
        /// Whether the value was the expected one and was replaced.
        case swapped(Bool)
    }

    /// The values by key; a key without a value is absent.
    public typealias State = [String: Value]

    private let start: Value?

    /// Registers that hold `start` before the first call.
    public init(startingAt start: Value? = nil) {
        self.start = start
    }

    public var promise: String { "a register that answers what was written last" }

    public func initialState(of keys: Set<String>) -> State {
        guard let start else { return [:] }
        return Dictionary(uniqueKeysWithValues: keys.map { ($0, start) })
    }

    public func footprint(of input: Input, _ output: Output?) -> Footprint<String> { .keys([input.key]) }

    public func isReadOnly(_ input: Input, _ output: Output?) -> Bool { input.action == .read || output == .swapped(false) }

    public func step(_ state: State, _ input: Input, _ output: Output?) -> State? {
        let value = state[input.key]
        var state = state
        switch (input.action, output) {
        case (.read, .value(let seen)): return seen == value ? state : nil
        case (.read, nil): return state
        case (.write(let new), .written), (.write(let new), nil):
            state[input.key] = new
            return state
        case (.compareAndSet(let expected, let new), .swapped(let swapped)):
            guard swapped == (value == expected) else { return nil }
            if swapped { state[input.key] = new }
            return state
        case (.compareAndSet(let expected, let new), nil):
            if value == expected { state[input.key] = new }
            return state
        default: return nil
        }
    }

    public func describe(_ input: Input, _ output: Output?) -> String {
        let call =
            switch input.action {
            case .read: "read \(input.key)"
            case .write(let value): "write \(Self.text(value)) to \(input.key)"
            case .compareAndSet(let expected, let new): "set \(input.key) from \(Self.text(expected)) to \(Self.text(new))"
            }
        return switch output {
        case .value(let value): "\(call) → \(Self.text(value))"
        case .written: "\(call) → done"
        case .swapped(let swapped): "\(call) → \(swapped ? "done" : "was another value")"
        case nil: call
        }
    }

    public func describe(_ state: State) -> String {
        state.isEmpty ? "empty" : state.map { "\($0.key) = \($0.value)" }.sorted().joined(separator: ", ")
    }

    private static func text(_ value: Value?) -> String { value.map { "\($0)" } ?? "nothing" }
}
