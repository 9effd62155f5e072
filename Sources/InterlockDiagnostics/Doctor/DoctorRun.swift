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
        /// See ``LeakRun/Limits/sessionLifetime``.
        public var sessionLifetime: Duration?

        public init(duration: Duration = .seconds(20), width: Int = 8, sessionLifetime: Duration? = nil) {
            self.duration = duration
            self.width = width
            self.sessionLifetime = sessionLifetime
        }
    }

    /// Tools that are called, and of those that are quick, how many are called again and again.
    private static let tools = 4, growing = 2

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

    /// Examines, and judges by ``DoctorRules``. Throws what keeps it from the server at the beginning; a server that is lost later is a finding.
    ///
    /// - Parameter operations: what is called; by default the tools that say they only read. Of those that are given each is tried first.
    /// - Throws: ``RefusedTool`` where one of those only fails.
    public func run(_ operations: [ProbeOperation]? = nil) async throws -> (diagnosis: Diagnosis, observations: DoctorObservations) {
        let observations = try await observe(operations, areTried: false)
        return (DoctorRules.diagnose(observations), observations)
    }

    /// What is seen of calls, which ``run(_:)`` judges.
    ///
    /// - Parameter areTried: whether somebody has seen each of the given calls succeed.
    func observe(_ operations: [ProbeOperation]?, areTried: Bool) async throws -> DoctorObservations {
        try await server.withClient(clock: clock) { client, link in
            var seen = DoctorObservations()
            seen.asked = subjects
            let isModern = client.server?.revision.isModern ?? true
            let reader = server.process(link.processIdentifier())
            let first = reader?.sample()
            if reader == nil {
                seen.omit(.growth, "memory, descriptors, threads and processor: no process of this machine is known for this server; name it with --pid, or "
                    + "run this beside it")
                seen.omit(.backPressure, "a client that does not read: no process of this machine is known, so it cannot be seen what the server keeps for it")
            }
            // Before anything is asked: what an answer has freed is where the next growth goes unseen.
            if let reader, subjects.contains(.growth) {
                try await probe(.growth, "a time without calls", reader, &seen) { seen in
                    progress("waiting without a call")
                    try await leak(.init(duration: limits.duration / 4, idle: limits.duration / 4)).add([], client, reader, to: &seen)
                }
            }
            var work = operations ?? [], tools: [ToolDefinition] = []
            let hasTools = try await client.declaresTools
            if hasTools {
                try await probe(.lists, "the list of tools", reader, &seen, isNeeded: true) { seen in
                    tools = try await lists(client, &seen)
                    if operations == nil { work = await choose(client, from: tools, &seen) }
                }
            } else if work.isEmpty {
                // There is nothing to tell of calls, so that nothing is told of them makes no doubt.
                seen.asked.subtract([.lists, .calls, .stalls])
                seen.omit(.calls, Client.noTools)
            }
            if work.isEmpty, hasTools, seen.lost == nil {
                seen.omit(
                    .calls, "calls: no tool says that it only reads and answers without an error, or its arguments cannot be made up; name one with "
                        + "--tool NAME or --tool 'NAME={…}'")
            }
            if let operations, !areTried {
                var refused: RefusedTool?
                try await probe(.calls, "a first call of \(ToolSelection.listed(operations.map { "\($0)" }))", reader, &seen) { _ in
                    refused = try await RefusedTool.first(of: operations, client)
                }
                if let refused { throw refused }
            }
            if !subjects.isDisjoint(with: [.calls, .stalls, .growth]) {
                let before = reader?.sample()
                try await calls(work, from: tools, client, reader, &seen)
                if let before, let after = reader?.sample(), seen.lost == nil { seen.count(before, after) }
            }
            if server.isHTTP, subjects.contains(.sessions) {
                try await probe(.sessions, "sessions", reader, &seen) { try await sessions(reader, &$0) }
            }
            if let reader, subjects.contains(.backPressure) {
                try await probe(.backPressure, "a client that does not read", reader, &seen) { try await deafness(isModern: isModern, reader, &$0) }
            }
            if subjects.contains(.protocolRules) {
                try await probe(.protocolRules, "rules of the protocol", reader, &seen) { await protocolRules(isModern: isModern, work, &$0) }
            }
            if let first, let last = reader?.sample() { seen.process = ProcessSummary(first, last) }
            // What a narrower examination happened to see on its way is none of its findings.
            return seen.only(subjects)
        }
    }

    /// One probe, which keeps what was seen before it however it ends: a server that is lost ends the examination and is a finding, and what breaks off
    /// otherwise was not looked at.
    ///
    /// - Parameter isNeeded: whether nothing can be looked at without it, so that what it throws is thrown unless the server was lost.
    func probe(
        _ subject: DoctorSubject, _ what: String, _ reader: (any ProcessReading)?, _ seen: inout DoctorObservations, isNeeded: Bool = false,
        _ body: (inout DoctorObservations) async throws -> Void
    ) async throws {
        guard seen.lost == nil else { return seen.omit(subject, "\(what): the server was lost before") }
        do {
            try await body(&seen)
        } catch where !Task.isCancelled && (error as? ClientError)?.code != .unauthorized {
            if let loss = await server.loss(error, during: what, reader, clock: clock) {
                seen.lost = loss
            } else if isNeeded {
                throw error
            } else {
                seen.omit(subject, "\(what): broke off (\((error as? ClientError)?.message ?? "\(error)"))")
            }
        }
    }

    /// The tools that say they only read and answer without an error, ``tools`` at most; what was left out is said by name.
    private func choose(_ client: Client, from tools: [ToolDefinition], _ seen: inout DoctorObservations) async -> [ProbeOperation] {
        progress("trying tools")
        let choice = await ToolSelection(client, from: tools, most: Self.tools)
        for note in choice.notes { seen.omit(.calls, note) }
        return choice.work
    }

    /// Each operation alone, at once and refused, then the quick ones for stalls and for what they leave behind.
    private func calls(
        _ work: [ProbeOperation], from tools: [ToolDefinition], _ client: Client, _ reader: (any ProcessReading)?, _ seen: inout DoctorObservations
    ) async throws {
        let beat = Beat(client: client, clock: clock)
        try await probe(.calls, "trivial requests", reader, &seen) { seen in
            for _ in 0..<10 { if let latency = try await beat.once() { seen.quietBeats.append(latency) } }
        }
        for operation in work {
            try await probe(.calls, "calls of \(operation), alone and \(limits.width) at once", reader, &seen) { seen in
                try await concurrency(operation, client, beat, reader, &seen)
            }
        }
        if subjects.contains(.calls), seen.lost == nil { try await refusals(of: work, from: tools, client, reader, &seen) }
        let quick = work.filter { operation in
            seen.concurrency.contains { $0.operation == "\(operation)" && $0.alone.count >= 3 && DoctorRules.median($0.alone) < 15 && $0.unanswered == 0 }
        }
        if seen.asked.contains(.stalls) {
            if quick.isEmpty, seen.lost == nil {
                seen.omit(.stalls, "stalls: no call is quick enough to show them")
            } else {
                try await probe(.stalls, "quick calls", reader, &seen) { try await stalls(quick, client, beat, reader, &$0) }
            }
        }
        if let reader, subjects.contains(.growth) {
            try await probe(.growth, "calls again and again", reader, &seen) { try await growth(work, quick, client, reader, &$0) }
        }
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

    private func growth(
        _ all: [ProbeOperation], _ quick: [ProbeOperation], _ client: Client, _ reader: any ProcessReading, _ seen: inout DoctorObservations
    ) async throws {
        // Something that every server of its kind does, where no call is to be had.
        let usual: [ProbeOperation] = try await client.declaresTools ? [.listTools] : server.isShared ? [.connection] : []
        let work = quick.isEmpty ? usual : Array(quick.prefix(Self.growing))
        if work.isEmpty { return }
        let rest = all.filter { !work.contains($0) }.map { "\($0)" }
        if !rest.isEmpty {
            seen.omit(.growth, "what grows with \(ToolSelection.listed(rest)): the time is for the \(work.count == 1 ? "one" : "\(work.count)") that tells most in it; "
                + "`interlock leak` does all of them")
        }
        let share = limits.duration / 4 * (work.count == 1 ? 3 : 4) / 4
        try await leak(.init(duration: share, idle: .zero)).add(work, client, reader, to: &seen)
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
        // A server of both eras has another stream in the older one, where progress can go astray.
        guard isModern, server.isHTTP, tool != nil else { return }
        do {
            let peer = try await RawPeer(server.open(), isModern: false, start: server.timeout, timeout: .seconds(1), clock: clock)
            var probe = ProtocolProbe(peer, isHTTP: true, tool: tool)
            await probe.progress()
            await peer.close()
            seen.breaches += probe.breaches
            seen.protocolChecks += probe.tried
        } catch {
            return // it has no legacy era
        }
    }
}

extension LeakRun {
    /// Runs parts for a doctor, and adds what they saw.
    func add(_ work: [ProbeOperation], _ client: Client, _ reader: any ProcessReading, to seen: inout DoctorObservations) async throws {
        let outcome = try await parts(work, client, reader)
        seen.growth += outcome.parts
        if outcome.loss == nil { for note in outcome.parts.flatMap(\.notes) + outcome.notes { seen.omit(.growth, note) } }
        if let abandoned = outcome.abandoned { seen.abandoned = abandoned }
        seen.lost = seen.lost ?? outcome.loss
    }
}
