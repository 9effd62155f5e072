import Synchronization

/// Notes calls while they happen, from any number of threads and tasks.
///
/// By default instants are places in one counter, read under the recorder's lock: no two are equal, and an interval is
/// never shorter than the call it stands for, so a correct object is never accused. Pass `now` to have the instants of
/// a clock instead; it must not run backwards.
public final class HistoryRecorder<Input: Hashable & Sendable, Output: Hashable & Sendable>: Sendable {
    /// A call on its way; good for exactly one end, and only with the recorder that began it.
    public struct CallID: Hashable, Sendable {
        let index: Int
    }

    private struct State {
        var calls: [RecordedCall<Input, Output>?] = []
        var ticks: Int64 = 0

        mutating func instant(_ now: (@Sendable () -> Int64)?) -> Int64 {
            if let now { return now() }
            ticks += 1
            return ticks
        }
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let now: (@Sendable () -> Int64)?

    /// Makes a recorder of at most `capacity` calls.
    ///
    /// A full recorder refuses new calls rather than forget old ones: a history with holes proves nothing.
    public init(capacity: Int = 1_000_000, now: (@Sendable () -> Int64)? = nil) {
        self.capacity = capacity
        self.now = now
    }

    /// Notes that a call is about to be made. Throws ``HistoryError/Code/full``; then do not make it.
    public func begin(client: String, _ input: Input) throws(HistoryError) -> CallID {
        try state.withLock { state throws(HistoryError) in
            guard state.calls.count < capacity else { throw .full(capacity: capacity) }
            let called = state.instant(now)
            state.calls.append(RecordedCall(client: client, input: input, called: called, outcome: .unknown))
            return CallID(index: state.calls.count - 1)
        }
    }

    /// Notes the answer of a call. Without it the outcome stays unknown, which is right for a call that was lost.
    public func end(_ call: CallID, _ output: Output) {
        state.withLock { state in
            let returned = state.instant(now)
            state.calls[call.index]?.outcome = .returned(output, at: returned)
        }
    }

    /// Forgets a call that is known never to have reached the object, such as one a limiter refused.
    ///
    /// A call that merely failed may have taken effect first: leave its outcome unknown.
    public func discard(_ call: CallID) {
        state.withLock { $0.calls[call.index] = nil }
    }

    /// Makes a call and notes it; an error thrown by `body` leaves the outcome unknown and passes through.
    public func record(client: String, _ input: Input, _ body: () async throws -> Output) async throws -> Output {
        let call = try begin(client: client, input)
        let output = try await body()
        end(call, output)
        return output
    }

    /// What has been recorded so far; calls still on their way have an unknown outcome.
    public func history() -> History<Input, Output> {
        History(checked: state.withLock { $0.calls.compactMap(\.self) })
    }
}
