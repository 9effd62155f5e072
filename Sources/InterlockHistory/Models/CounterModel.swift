/// Counters by key that start at zero, grow by what is added and answer what they hold.
///
/// It notices the lost update: two increments that answer the same number, or a read below what was acknowledged.
public struct CounterModel: SequentialModel {
    public enum Action: Hashable, Sendable {
        /// Adds this much, which may be negative.
        case add(Int)
        case read
    }

    public struct Input: Hashable, Sendable {
        public var key: String
        public var action: Action

        /// An action on the counter called `key`.
        public init(_ action: Action, of key: String = "counter") {
            self.key = key
            self.action = action
        }
    }

    public enum Output: Hashable, Sendable {
        /// The value after the call.
        case value(Int)
        /// The call was done; the server does not say what the value is.
        case acknowledged
    }

    private let start: Int

    /// Counters that hold `start` before the first call.
    public init(startingAt start: Int = 0) {
        self.start = start
    }

    public var promise: String { "a counter that starts at \(start) and loses no update" }

    public func initialState(of keys: Set<String>) -> [String: Int] { [:] }

    public func footprint(of input: Input, _ output: Output?) -> Footprint<String> { .keys([input.key]) }

    public func isReadOnly(_ input: Input, _ output: Output?) -> Bool { input.amount == 0 }

    public func step(_ state: [String: Int], _ input: Input, _ output: Output?) -> [String: Int]? {
        var state = state
        let (value, overflow) = state[input.key, default: start].addingReportingOverflow(input.amount)
        guard !overflow else { return nil }
        if case .value(let seen) = output, seen != value { return nil }
        if input.amount != 0 { state[input.key] = value }
        return state
    }

    public func describe(_ input: Input, _ output: Output?) -> String {
        let call =
            switch input.action {
            case .add(let amount): "add \(amount) to \(input.key)"
            case .read: "read \(input.key)"
            }
        return switch output {
        case .value(let value): "\(call) → \(value)"
        case .acknowledged: "\(call) → done"
        case nil: call
        }
    }

    public func describe(_ state: [String: Int]) -> String {
        state.isEmpty
            ? "\(start)" : state.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
    }
}

extension CounterModel.Input {
    fileprivate var amount: Int {
        switch action {
        case .add(let amount): amount
        case .read: 0
        }
    }
}
