import InterlockTesting
import Testing

@Suite("Negative controls: the kits find every deliberate defect of a store", .timeLimit(.minutes(5)))
struct BrokenStoreTests {
    @Test("a broken session store is found", arguments: BrokenSessionStore.all)
    func sessions(broken: BrokenSessionStore) async throws {
        let check = try #require(SessionStoreConformance.checks.first { $0.name.hasPrefix(broken.check) })
        let failure = await #expect(throws: ConformanceFailure.self) { try await check.run(on: broken.underTest) }
        #expect(failure?.check == check.name)
    }

    @Test("a broken event store is found", arguments: BrokenEventStore.all)
    func events(broken: BrokenEventStore) async throws {
        let check = try #require(EventStoreConformance.checks.first { $0.name.hasPrefix(broken.check) })
        let failure = await #expect(throws: ConformanceFailure.self) { try await check.run(on: broken.underTest) }
        #expect(failure?.check == check.name)
    }

    @Test("the stores that are broken on purpose are sound without their defect", arguments: SessionStoreConformance.checks)
    func soundSessions(check: SessionStoreConformance.Check) async throws {
        try await report(check, "sound", check.run(on: BrokenSessionStore("sound", foundBy: "", .init()).underTest))
    }

    @Test("every check of the kits is proved by a defect that it finds")
    func coverage() {
        let sessions = SessionStoreConformance.checks.filter { check in !BrokenSessionStore.all.contains { check.name.hasPrefix($0.check) } }
        let events = EventStoreConformance.checks.filter { check in !BrokenEventStore.all.contains { check.name.hasPrefix($0.check) } }
        #expect(sessions.map(\.name) == [])
        #expect(events.map(\.name) == [])
    }
}
