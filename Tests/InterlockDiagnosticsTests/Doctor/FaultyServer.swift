import InterlockConcurrency
import InterlockDiagnostics
import InterlockProtocol
import InterlockServer
import InterlockTransport
import Synchronization

/// A server with one fault, in this process, and what its process would show: memory is counted, not measured, so that tests give the same each time.
final class FaultyServer: Sendable {
    enum Fault: Sendable, CaseIterable {
        case none, leaksPerCall, boundedCache, leaksDescriptors, serialises, waitsForUpstream, alwaysFails
        /// Fills something up in its first 2,100 calls, or goes on like that.
        case fillsUp, leaksLittle
    }

    /// What the server keeps.
    private struct Kept {
        var bytes = 60 << 20
        var descriptors = 12
        var calls = 0
    }

    private let fault: Fault
    private let kept = Mutex(Kept())
    private let links: Mutex<[(server: InMemoryServerTransport, client: InMemoryClientTransport)]>
    private let clock = SystemClock.shared

    init(_ fault: Fault, links count: Int = 4) {
        self.fault = fault
        links = Mutex((0..<count).map { _ in InMemoryTransport.linkedPair() })
    }

    /// Counts what the server keeps as objects, one a call where it leaks, beside others that do not change. Answers so many times.
    func census(answers: Int = .max) -> some ObjectCensus {
        CountedObjects(answers: answers) { [self] in fault == .leaksPerCall ? kept.withLock { $0.calls } : 0 }
    }

    /// How often `work` was called.
    var calls: Int { kept.withLock { $0.calls } }

    /// Serves, runs `body`, and ends the server.
    func serving<Result: Sendable>(_ body: (DiagnosedServer) async throws -> Result) async throws -> Result {
        let fault = fault, clock = clock
        func guarded<Input: Sendable>(_ tool: Tool<Input>) -> Tool<Input> { fault == .serialises ? tool.exclusive { _ in ["all"] } : tool }
        let server = try Server(name: "faulty", version: "1") {
            guarded(
                Tool("work", annotations: ToolAnnotations(readOnlyHint: true)) { (_: HandlerContext) in
                    self.kept.withLock { kept in
                        kept.calls += 1
                        if fault == .leaksPerCall || (fault == .boundedCache && kept.calls <= 900) { kept.bytes += 1024 }
                        if fault == .leaksLittle || (fault == .fillsUp && kept.calls <= 2100) { kept.bytes += 200 }
                        if fault == .leaksDescriptors, kept.calls.isMultiple(of: 4) { kept.descriptors += 1 }
                    }
                    // As a call over a network does: a load whose calls never wait would keep the task that ends it from running.
                    await Task.yield()
                    // The fault itself is that it takes this time.
                    if fault == .serialises { try await clock.sleep(for: .milliseconds(15)) }
                    if fault == .waitsForUpstream { try await clock.sleep(for: .milliseconds(200)) }
                    if fault == .alwaysFails { throw ToolError("there is no such record") }
                    return "done"
                })
        }
        let transports = links.withLock { $0.map(\.server) }
        let running = Task { try await server.serve(on: transports) } // awaited below
        let diagnosed = DiagnosedServer(isShared: true, isHTTP: false, process: { _ in CountedProcess(kept: { [self] in kept.withLock { ($0.bytes, $0.descriptors) } }, clock: clock) }) { [self] in
            DiagnosedServer.Link(links.withLock { $0.removeFirst() }.client)
        }
        let result = try await body(diagnosed)
        server.beginGracefulShutdown()
        try await running.value
        return result
    }
}

/// A process whose memory is what the server says it keeps; it uses no processor.
struct CountedProcess: ProcessReading {
    var kept: @Sendable () -> (bytes: Int, descriptors: Int)
    var clock: any SchedulingClock
    var runtime: ServerRuntimeKind { .swift }
    var processIdentifier: Int32 { 1 }

    func sample() -> ProcessSample? {
        let now = kept()
        return ProcessSample(
            time: clock.now, resident: now.bytes + 5 << 20, privateDirty: now.bytes, descriptors: now.descriptors, threads: 4, children: 0,
            runQueueNanoseconds: 0, threadUse: [.init(id: 1, name: "main", cpuNanoseconds: 0)])
    }
}

/// Objects that the server says it keeps.
private final class CountedObjects: ObjectCensus {
    private let answers: Int
    private let kept: @Sendable () -> Int
    private let asked = Mutex(0)

    init(answers: Int, kept: @escaping @Sendable () -> Int) {
        self.answers = answers
        self.kept = kept
    }

    func snapshot() async throws -> ObjectSnapshot {
        let number = asked.withLock { asked in
            asked += 1
            return asked
        }
        guard number <= answers else { throw ObjectCensusError(.noAnswer, "it has ended") }
        var tallies: [ObjectSnapshot.Kind: ObjectSnapshot.Tally] = [
            .swift("App.Session"): .init(count: 40, bytes: 4_000), .other(upTo: 64): .init(count: number % 3, bytes: 64),
        ]
        if kept() > 0 { tallies[.swift("App.Listener")] = .init(count: kept(), bytes: kept() * 1008) }
        return ObjectSnapshot(tallies: tallies, processes: [1])
    }
}
