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
    mutating func removeDeadline(_ id: Int64) {
        guard let index = calls.index(forKey: id) else { return }
        calls.values[index].deadline = .distantFuture
        calls.values[index].lastDeadline = .distantFuture
    }

    /// Takes out the calls whose deadline has passed, the one that waited longest first. Returns when to look again.
    mutating func expire(at now: MonotonicTime) -> (expired: [(id: Int64, call: Call)], next: MonotonicTime?) {
        var expired: [(id: Int64, call: Call)] = []
        var next = MonotonicTime.distantFuture
        for (id, call) in calls {
            if call.deadline <= now { expired.append((id, call)) } else { next = min(next, call.deadline) }
        }
        for (id, _) in expired { calls.removeValue(forKey: id) }
        expired.sort { ($0.call.deadline, $0.id) < ($1.call.deadline, $1.id) }
        return (expired, next == .distantFuture ? nil : next)
    }
}
