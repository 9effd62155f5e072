import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import Synchronization

/// How many calls the server takes on: running, waiting, and in bytes.
///
/// Calls run up to a limit over all sessions; beyond it they wait, round-robin over sessions, up to a depth and a deadline; beyond
/// that they are refused with an answer that says when to come back. Control messages do not pass here.
final class Admission: Sendable {
    /// The server-wide limit where all callers count alike.
    let limiter: FairLimiter<UInt64>
    /// The same where tenants share it by weight.
    let groups: GroupLimiter<UInt64>?
    private let pendingBytes = Atomic<Int>(0)
    private let maximumPendingBytes: Int

    init(configuration: ServerConfiguration) {
        limiter = FairLimiter(
            limit: configuration.maximumInFlight, queue: .init(depth: configuration.maximumQueued, deadline: configuration.queueDeadline),
            name: "the server", clock: configuration.clock)
        groups = configuration.tenants.map { _ in
            GroupLimiter(
                limit: configuration.maximumInFlight, queue: .init(depth: configuration.maximumQueued, deadline: configuration.queueDeadline),
                name: "the server", clock: configuration.clock)
        }
        maximumPendingBytes = configuration.maximumPendingBytes
    }

    /// Permits of whichever limit holds.
    var snapshot: LimiterSnapshot { groups?.snapshot.total ?? limiter.snapshot.total }

    func shutDown() {
        limiter.shutDown()
        groups?.shutDown()
    }

    /// Charges a request's bytes; false if they do not fit into the budget.
    func charge(_ bytes: Int) -> Bool {
        let (_, total) = pendingBytes.add(bytes, ordering: .relaxed)
        if total <= maximumPendingBytes { return true }
        pendingBytes.subtract(bytes, ordering: .relaxed)
        return false
    }

    func refund(_ bytes: Int) {
        pendingBytes.subtract(bytes, ordering: .relaxed)
    }

    var chargedBytes: Int { pendingBytes.load(ordering: .relaxed) }

    /// The member of a result's `_meta` that tells programs a refusal from a failure.
    static let busyKey = "interlock/busy"

    /// The answer to a call that is refused for want of room: a tool result, so that a model reads it and a client does not take the server for broken.
    static func busy(_ error: AcquireError, tool: String) -> CallToolResult {
        let wait = max(1, Int(((error.retryAfter ?? .seconds(1)) / .seconds(1)).rounded(.up)))
        return CallToolResult(
            content: [.text("Busy: '\(tool)' was not run, because \(reason(error.code)). Nothing was changed. Try again in \(wait) s.")],
            structuredContent: nil, isError: true, meta: [busyKey: ["retryAfterSeconds": .number(JSONNumber(wait))]])
    }

    /// Why there was no room, for a model to read.
    static func reason(_ code: AcquireError.Code) -> String {
        switch code {
        case .queueFull: "too many calls are waiting already"
        case .deadlineExceeded: "no turn came within the time a call may wait"
        case .shutDown: "the server is shutting down"
        case .rateLimited: "it is called more often than it may be"
        case .circuitOpen: "what it depends on has failed repeatedly and is left alone for a while"
        default: "the wait was ended"
        }
    }
}
