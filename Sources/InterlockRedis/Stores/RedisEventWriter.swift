import InterlockConcurrency
import InterlockStorage
import Logging

/// Writes what the event store has queued to Redis. Writing an event twice has no effect, so what got no answer is written again.
struct RedisEventWriter: EventBackend {
    /// Events that are sent before the first is answered.
    static let batch = 64

    let client: RedisClient
    let keys: EventKeys
    /// Kept of each stream, about.
    let maximumEvents: Int
    let keptFor: Duration

    /// Writes from the front until the server gives no answer. What it refuses for good is lost, and what comes after it goes on.
    func write(_ batch: [EventQueue.Change], failedBefore failures: Int) async -> EventBatchOutcome {
        if case .remove(let session) = batch[0] { return await remove(session) }
        var outcome = EventBatchOutcome()
        let appends = batch.compactMap { change in if case .append(let event, let writer) = change { (event, writer) } else { nil } }
        for (reply, append) in zip(await client.run(appends.map(call), budget: client.configuration.connectTimeout), appends) {
            switch reply {
            case .success(let answer) where answer.int == -1: outcome.fenced.append(append.1)
            case .success: outcome.written += 1
            case .failure(let error) where error.code == .unavailable:
                outcome.failure = error
                return outcome
            case .failure(let error):
                outcome.lost += 1
                if outcome.lost == 1 { client.log.warning("Redis event store: an event was refused and is lost", metadata: ["reason": "\(error)"]) }
            }
        }
        return outcome
    }

    func pause(afterFailures failures: Int, of failure: StoreError) async throws {
        if failures == 1 { client.log.warning("Redis event store waits", metadata: ["reason": "\(failure)"]) }
        try await client.clock.sleep(for: client.configuration.reconnect.delay(afterFailures: failures, fraction: client.random.fraction()))
    }

    func notice(_ notice: EventNotice) {
        switch notice {
        case .queueRefused:
            client.log.warning("Redis event store: an event could not be queued and is lost; followers of its stream will see a gap")
        case .fenced:
            client.log.warning("Redis event store: an event was refused, because another instance has taken its stream over")
        }
    }

    private func remove(_ session: String) async -> EventBatchOutcome {
        var outcome = EventBatchOutcome()
        do throws(StoreError) {
            try await removeStreams(of: session)
            outcome.written = 1
        } catch {
            if error.code == .unavailable { outcome.failure = error } else { outcome.lost = 1 }
        }
        return outcome
    }

    private func call(_ event: StoredEvent, _ writer: StreamWriter?) -> (script: RedisScript, keys: [String], arguments: [RedisArgument]) {
        (
            EventScripts.appending, [keys.stream(event.session, event.stream), keys.index(event.session)],
            [
                .integer(Int64(event.sequence)), event.isLast ? 1 : 0, .bytes(event.data), .integer(Int64(maximumEvents)), .milliseconds(keptFor),
                .integer(Int64(event.stream)), .text(keys.channel(event.session, event.stream)), .bytes(writer.map { OwnerRecord.encoded($0.owner) } ?? []),
            ]
        )
    }

    private func removeStreams(of session: String) async throws(StoreError) {
        let index = keys.index(session)
        let members = try await client.send(RedisCommand("HKEYS", [.text(index)], key: index), budget: client.configuration.connectTimeout)
        let streams = members.elements?.compactMap { $0.string.flatMap { UInt32($0) } } ?? []
        for start in stride(from: 0, to: max(1, streams.count), by: 1_000) {
            let some = streams.dropFirst(start).prefix(1_000).map { keys.stream(session, $0) }
            let isEnd = start + 1_000 >= streams.count
            _ = try await client.run(EventScripts.removing, keys: some + (isEnd ? [index] : []), budget: client.configuration.connectTimeout)
        }
    }
}
