import InterlockConcurrency
import InterlockRedis
import InterlockStorage
import Synchronization
import Testing

@Suite("Redis comes back", .timeLimit(.minutes(5)))
struct RedisRecoveryTests {
    private static let callers = 500

    /// The negative control beside it: without the breaker all callers go at once.
    @Test("no more than the probes go first", arguments: [1, 3, nil])
    func recovery(probes: Int?) async throws {
        let server = try StandInServer()
        var configuration = RedisConfiguration(port: server.port)
        (configuration.budget, configuration.connectTimeout, configuration.pingInterval) = (.seconds(50), .seconds(50), .seconds(600))
        configuration.reconnect = Backoff(first: .milliseconds(1), longest: .milliseconds(5))
        // Only the new connection lets probes go, not the time that has passed.
        configuration.breaker = probes.map { CircuitBreakerConfiguration(window: .time(.seconds(60)), minimumCalls: 5, openDuration: .seconds(600), probes: $0) }
        try await withClient(configuration) { client in
            let away = await Self.ask(client)
            #expect(away == 0)
            if probes != nil { #expect(client.health.breaker == .open) }

            try await server.start()
            try await eventually { client.health.isConnected && client.health.breaker != .open }
            let refusedBefore = client.health.refused
            async let answered = Self.ask(client)
            let first = probes ?? Self.callers
            try await eventually { server.received + client.health.refused - refusedBefore >= Self.callers }
            #expect(server.received == first)
            server.release()
            #expect(await answered == first)
            let all = await Self.ask(client)
            #expect(all == Self.callers)
            #expect(server.received == first + Self.callers)
            try await server.stop()
        }
    }

    /// How many of all callers at once are answered.
    private static func ask(_ client: RedisClient) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    do throws(StoreError) {
                        _ = try await client.send(RedisCommand("PING"))
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    @Test("one command without an answer fails its pipeline for the breaker, wherever it stands", arguments: [true, false])
    func pipelines(hasBreaker: Bool) async throws {
        let server = try StandInServer()
        try await server.start()
        var configuration = RedisConfiguration(port: server.port)
        (configuration.poolSize, configuration.budget, configuration.connectTimeout, configuration.pingInterval) = (1, .milliseconds(5), .seconds(50), .seconds(600))
        configuration.breaker = hasBreaker ? CircuitBreakerConfiguration(window: .time(.seconds(60)), minimumCalls: 1, openDuration: .seconds(600)) : nil
        try await withClient(configuration) { client in
            try await client.start()
            let replies = await client.send([RedisCommand("PING"), RedisCommand("PING"), RedisCommand("PING")])
            #expect(replies.allSatisfy { if case .failure = $0 { true } else { false } })
            // Counted alike with and without the breaker.
            #expect(client.health.commands == 3 && client.health.failures == 3 && client.health.latencies.count == 1)
            #expect(client.health.breaker == (hasBreaker ? .open : .disabled))
            if hasBreaker {
                _ = await client.send([RedisCommand("PING"), RedisCommand("PING")])
                #expect(client.health.commands == 3 && client.health.refused == 2 && client.health.latencies.count == 1)
            }
        }
        try await server.stop()
    }

    @Test("a shut-down waits for what is queued as long as it is told, and not for a server that is silent; one that answers has it all", arguments: [true, false])
    func shutDown(isSilent: Bool) async throws {
        let server = try StandInServer()
        try await server.start()
        if !isSilent { server.release() }
        var configuration = RedisConfiguration(port: server.port)
        (configuration.budget, configuration.connectTimeout, configuration.pingInterval) = (.seconds(600), .seconds(600), .seconds(600))
        try await withClient(configuration) { client in
            try await client.start()
            let events = RedisEventStore(client)
            for sequence in 1...3 as ClosedRange<UInt32> { events.append(StoredEvent(session: "s", stream: 1, sequence: sequence, data: [1])) }
            try await eventually { server.received > 0 }
            await events.shutDown(flushing: isSilent ? .milliseconds(50) : .seconds(600))
            #expect(events.snapshot.written == (isSilent ? 0 : 3) && events.snapshot.queuedBytes == 0)
        }
        try await server.stop()
    }
}
