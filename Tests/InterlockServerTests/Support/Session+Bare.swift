import InterlockConcurrency
@testable import InterlockServer
import InterlockJSON
import InterlockStorage

extension Session {
    /// A session of its own, that no server knows.
    static func bare(_ id: String, number: UInt64 = 0, clock: any SchedulingClock, scope: CallScope = CallScope()) throws -> Session {
        let record = SessionRecord(
            id: id, revision: "2025-11-25", principal: nil, clientInfo: nil, clientCapabilities: try RawJSON(parsing: "{}"), createdAt: clock.wallTime,
            lastUsedAt: clock.wallTime)
        guard let permit = FairLimiter<UInt8>(limit: 1, clock: clock).tryAcquire(for: 0) else { preconditionFailure("a limiter of one has a permit") }
        return try Session(
            record: record, number: number, scope: scope, principal: nil, delivery: .streams(SessionStreams(session: id, store: InMemoryEventStore())),
            slot: SessionSlot(permit), clock: clock, historyLimit: 0)
    }
}
