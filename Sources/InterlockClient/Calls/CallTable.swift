internal import InterlockConcurrency
internal import InterlockJSON
internal import InterlockProtocol

/// The requests that wait for their responses, by the client's own ids. Pure.
///
/// A call is answered by whoever takes it out, so it is answered once, however many responses, timeouts and
/// cancellations meet.
struct CallTable: Sendable {
    /// How a call ended.
    enum Outcome: Sendable {
        case result(RawJSON)
        case error(ProtocolError)
        case failed(ClientError)
        case cancelled
        /// The server forgot the session before it looked at the request.
        case sessionLost(ClientError)
    }

    /// One waiting request.
    struct Call: Sendable {
        var completion: Completion
        var method: String
        var timeout: Duration
        var resetsOnProgress: Bool
        var deadline: MonotonicTime
        var lastDeadline: MonotonicTime
        var onProgress: (@Sendable (ProgressParams) -> Void)?
        var timer: ScheduledAction?
    }

    /// What a timer finds when it fires.
    enum Expiry: Sendable {
        /// Answered meanwhile.
        case gone
        /// Progress has moved the deadline.
        case later(MonotonicTime)
        case expired(Call)
    }

    private var calls: [Int64: Call] = [:]
    private var nextID: Int64 = 0

    var count: Int { calls.count }

    /// The next id; never used twice in a client's life.
    mutating func makeID() -> Int64 {
        nextID += 1
        return nextID
    }

    mutating func add(_ call: Call, id: Int64) {
        calls[id] = call
    }

    /// Takes a call out to answer it; `nil` for an id that is unknown, answered, or given up.
    mutating func take(_ id: Int64) -> Call? {
        calls.removeValue(forKey: id)
    }

    mutating func takeAll() -> [Call] {
        defer { calls = [:] }
        return Array(calls.values)
    }

    /// Notes progress. Returns who wants to hear of it.
    mutating func progressed(_ id: Int64, now: MonotonicTime) -> (@Sendable (ProgressParams) -> Void)? {
        guard var call = calls[id] else { return nil }
        if call.resetsOnProgress {
            call.deadline = min(now + call.timeout, call.lastDeadline)
            calls[id] = call
        }
        return call.onProgress
    }

    /// The server's acknowledgement ends the time limit of a call that may go on for ever.
    mutating func removeDeadline(_ id: Int64) -> ScheduledAction? {
        guard let index = calls.index(forKey: id) else { return nil }
        defer { calls.values[index].timer = nil }
        return calls.values[index].timer
    }

    mutating func timerFired(_ id: Int64, now: MonotonicTime) -> Expiry {
        guard let call = calls[id] else { return .gone }
        if call.deadline > now { return .later(call.deadline) }
        calls.removeValue(forKey: id)
        return .expired(call)
    }

    mutating func setTimer(_ id: Int64, _ timer: ScheduledAction) {
        guard let index = calls.index(forKey: id) else { return }
        calls.values[index].timer = timer
    }
}
