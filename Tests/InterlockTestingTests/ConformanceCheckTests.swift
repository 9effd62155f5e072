import InterlockJSON
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

@Suite("How a check ends", .timeLimit(.minutes(5)))
struct ConformanceCheckTests {
    @Test("what a subject cannot be asked is skipped, with the reason")
    func skipped() async throws {
        var silent = TestTransport.inMemory.underTest
        silent.pauseReading = nil
        let check = try #require(TransportConformance.checks.first { $0.name.hasPrefix("a client that does not read") })
        #expect(try await check.run(on: silent) == .skipped("the client of inMemory cannot be made to stop reading"))
    }

    @Test("a wait that nothing ends is a failure when the patience is over, and says what was waited for")
    func overdue() async throws {
        let (clock, started) = (ManualClock(), Gate())
        let deaf = TransportUnderTest(name: "deaf", flow: .connection, endsWithClient: false) { () async throws in
            TransportUnderTest.Link(server: InMemoryTransport.linkedPair().server) {
                started.open()
                return InMemoryTransport.linkedPair().client
            }
        }
        let check = try #require(TransportConformance.checks.first)
        let running = Task { try await check.run(on: deaf, patience: .seconds(5), clock: clock) }
        try await clock.waitForPending(1)
        try await started.wait()
        clock.advance(by: .seconds(5))
        let failure = await #expect(throws: ConformanceFailure.self) { try await running.value }
        #expect(failure?.found.contains("5") == true)
        #expect(failure?.rule == check.rule)
    }

    @Test("what throws that should not is a failure of the check, with the error's words")
    func unexpectedError() async throws {
        let broken = SessionStoreUnderTest(name: "nowhere", make: { _ in throw TransportError(.unreachable, "no disk") })
        let check = try #require(SessionStoreConformance.checks.first)
        let failure = await #expect(throws: ConformanceFailure.self) { try await check.run(on: broken) }
        #expect(failure?.description.contains("expected no error, but found unreachable: no disk") == true)
        #expect(failure?.description.contains(check.name) == true)
    }

    @Test("a cancelled test cancels its check")
    func cancellation() async throws {
        let gate = Gate()
        let slow = SessionStoreUnderTest(name: "slow", make: { _ in
            try await gate.wait()
            return InMemorySessionStore()
        })
        let check = try #require(SessionStoreConformance.checks.first)
        let running = Task { try await check.run(on: slow) }
        try await gate.waitForWaiters(1)
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
    }
}
