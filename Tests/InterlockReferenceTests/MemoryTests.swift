import InterlockSimulation
import Logging
import Synchronization
import InterlockServer
import Testing

@testable import InterlockReference

@Suite("Memory", .timeLimit(.minutes(5)))
struct MemoryTests {
    /// Keeps records instead of writing them.
    final class Records: Sendable {
        let all = Mutex<[Logger.Metadata]>([])

        var logger: Logger { Logger(label: "test") { _ in Handler(records: self) } }

        struct Handler: LogHandler {
            let records: Records
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.trace
            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }
            func log(event: LogEvent) { records.all.withLock { $0.append(event.metadata ?? [:]) } }
        }
    }

    @Test("a line is logged every 60 seconds, none before")
    func reporter() async throws {
        let (clock, records) = (ManualClock(), Records())
        let usage = MemoryUsage(inUse: 1, arena: 2, resident: 3, otherMapped: 4)
        let server = try Server(name: "s", version: "1") {}
        let reporter = MemoryReporter(clock: clock, logger: records.logger, measure: { usage }, load: { server.snapshot })
        let running = Task { await reporter.run() } // awaited below
        try await clock.waitForPending(1)
        clock.advance(by: .milliseconds(59_999))
        #expect(records.all.withLock { $0.isEmpty })
        for count in 1...3 {
            clock.advance(by: .seconds(60))
            try await clock.waitForPending(1)
            #expect(records.all.withLock { $0.count } == count)
        }
        let line = try #require(records.all.withLock { $0.first })
        #expect(line["event"] == "memory_usage")
        #expect(["in_use_bytes", "arena_bytes", "rss_bytes", "other_mapped_bytes"].map { line[$0]?.description } == ["1", "2", "3", "4"])
        running.cancel()
        await running.value
    }

    #if os(Linux) && canImport(Glibc)
    @Test("what is in use is seen by the system")
    func usage() async {
        // In a process of its own: what is measured is a whole process, and in this one others allocate and free meanwhile.
        await #expect(processExitsWith: .success) {
            let before = try #require(MemoryUsage.current())
            let block = [UInt8](repeating: 1, count: 64 << 20)
            let after = try #require(MemoryUsage.current())
            #expect(after.inUse - before.inUse > 60 << 20)
            #expect(after.arena >= after.inUse)
            #expect(after.resident > 60 << 20)
            #expect(after.otherMapped > 0 && after.otherMapped < after.resident)
            withExtendedLifetime(block) {}
        }
    }
    #endif
}
