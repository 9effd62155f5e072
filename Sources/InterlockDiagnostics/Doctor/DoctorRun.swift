public import InterlockConcurrency
import InterlockClient
import InterlockJSON
import InterlockProtocol

/// A short series of probes against a server, from outside: what is slow, what waits for what, what grows, what breaks the rules.
///
/// The load is small, bounded and ends by itself. Only tools that say they read are called, unless others are named.
public struct DoctorRun: Sendable {
    /// How long and how much.
    public struct Limits: Sendable {
        /// The whole examination; single steps may take a little longer.
        public var duration: Duration
        /// Calls at once.
        public var width: Int

        public init(duration: Duration = .seconds(20), width: Int = 8) {
            self.duration = duration
            self.width = width
        }
    }

    let server: DiagnosedServer
    let limits: Limits
    let subjects: Set<DoctorSubject>
    let clock: any SchedulingClock
    let progress: @Sendable (String) -> Void

    /// Prepares an examination of `subjects`; what is not among them is neither looked at nor spoken of.
    public init(
        _ server: DiagnosedServer, limits: Limits = Limits(), subjects: Set<DoctorSubject> = Set(DoctorSubject.allCases),
        clock: any SchedulingClock = SystemClock.shared, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.server = server
        self.limits = limits
        self.subjects = subjects
        self.clock = clock
        self.progress = progress
    }

    /// Examines, and judges by ``DoctorRules``. Throws what keeps it from the server.
    public func run(_ operations: [ProbeOperation]? = nil) async throws -> (diagnosis: Diagnosis, observations: DoctorObservations) {
        let observations = try await observe(operations)
        return (DoctorRules.diagnose(observations), observations)
    }

    private func observe(_ operations: [ProbeOperation]?) async throws -> DoctorObservations {
        try await server.withClient(clock: clock) { client, link in
            var seen = DoctorObservations()
            let isModern = client.server?.revision.isModern ?? true
            let reader = server.process(link.processIdentifier())
            if reader == nil {
                seen.omit(.growth, "memory, descriptors, threads and processor: no process of this machine is known for this server; name it with --pid, or "
                    + "run this beside it")
            }
            let tools = try await lists(client, &seen)
            let work = operations ?? Array(ArgumentSample.callable(tools).prefix(4))
            if work.isEmpty {
                seen.omit(
                    .calls, "calls: no tool says that it only reads, or its arguments cannot be made up; name one with --tool NAME or --tool 'NAME={…}'")
            }
            if let reader, subjects.contains(.growth) {
                progress("waiting without a call")
                seen.growth += try await leak(.init(duration: limits.duration / 4, idle: limits.duration / 4)).parts([], client, reader)
            }
            if !subjects.isDisjoint(with: [.calls, .stalls, .growth]) { try await calls(work, client, reader, &seen) }
            if server.isHTTP, subjects.contains(.sessions) { try await sessions(reader, &seen) }
            if let reader, subjects.contains(.backPressure) { try await deafness(isModern: isModern, reader, &seen) }
            if subjects.contains(.protocolRules) { await protocolRules(isModern: isModern, work, &seen) }
            // What a narrower examination happened to see on its way is none of its findings.
            return seen.only(subjects)
        }
    }

    /// Each operation alone and at once, then the quick ones for stalls and for what they leave behind.
    private func calls(_ work: [ProbeOperation], _ client: Client, _ reader: (any ProcessReading)?, _ seen: inout DoctorObservations) async throws {
        let beat = Beat(client: client, clock: clock)
        for _ in 0..<10 { if let latency = try await beat.once() { seen.quietBeats.append(latency) } }
        for operation in work { try await concurrency(operation, client, beat, reader, &seen) }
        let quick = work.filter { operation in
            seen.concurrency.contains { $0.operation == "\(operation)" && $0.alone.count >= 3 && DoctorRules.median($0.alone) < 15 && $0.unanswered == 0 }
        }
        if subjects.contains(.stalls) {
            if quick.isEmpty {
                seen.omit(.stalls, "stalls: no call is quick enough to show them")
            } else {
                try await stalls(quick, client, beat, reader, &seen)
            }
        }
        if let reader, subjects.contains(.growth) { try await growth(quick, client, reader, &seen) }
    }

    func leak(_ limits: LeakRun.Limits) -> LeakRun { LeakRun(server, limits: limits, clock: clock, progress: progress) }

    private func lists(_ client: Client, _ seen: inout DoctorObservations) async throws -> [ToolDefinition] {
        var tools: [ToolDefinition] = []
        for _ in 0..<3 {
            let begin = clock.now
            tools = try await client.listTools()
            seen.listTimes.append((clock.now - begin).inMilliseconds)
        }
        seen.toolCount = tools.count
        seen.listBytes = tools.reduce(0) { $0 + $1.inputSchema.bytes.count + ($1.outputSchema?.bytes.count ?? 0) + ($1.description?.utf8.count ?? 0) + $1.name.utf8.count }
        return tools
    }

    private func growth(_ quick: [ProbeOperation], _ client: Client, _ reader: any ProcessReading, _ seen: inout DoctorObservations) async throws {
        let work = quick.isEmpty ? [.listTools] : Array(quick.prefix(2))
        let share = limits.duration / 4 * (work.count == 1 ? 3 : 4) / 4
        seen.growth += try await leak(.init(duration: share, idle: .zero)).parts(work, client, reader)
    }

    private func protocolRules(isModern: Bool, _ work: [ProbeOperation], _ seen: inout DoctorObservations) async {
        progress("trying rules of the protocol")
        var tool: (name: String, arguments: JSONValue)?
        if case .call(let name, let arguments)? = work.first { tool = (name, arguments.value()) }
        do {
            let peer = try await RawPeer(server.open(), isModern: isModern, start: server.timeout, timeout: .seconds(1), clock: clock)
            var probe = ProtocolProbe(peer, isHTTP: server.isHTTP, tool: tool)
            await probe.run()
            await peer.close()
            seen.breaches += probe.breaches
            seen.protocolChecks += probe.tried
        } catch {
            seen.omit(.protocolRules, "rules of the protocol: \(error)")
        }
    }
}
