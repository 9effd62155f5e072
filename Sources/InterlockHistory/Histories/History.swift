/// What several clients did to one object, each call with its interval: the evidence a checker judges.
public struct History<Input: Hashable & Sendable, Output: Hashable & Sendable>: Hashable, Sendable {
    public typealias Call = RecordedCall<Input, Output>

    /// The calls, in the order they were made.
    public let calls: [Call]

    /// Makes a history of calls in any order.
    ///
    /// Throws if a call returned before it was made: then the instants are of different clocks, and no verdict would
    /// mean anything.
    public init(_ calls: [Call]) throws(HistoryError) {
        for call in calls {
            guard let returned = call.returned, returned < call.called else { continue }
            throw .returnedBeforeCalled(client: call.client, called: call.called, returned: returned)
        }
        self.init(checked: calls)
    }

    init(checked calls: [Call]) {
        self.calls = calls.enumerated()
            .sorted { ($0.element.called, $0.offset) < ($1.element.called, $1.offset) }
            .map(\.element)
    }
}
