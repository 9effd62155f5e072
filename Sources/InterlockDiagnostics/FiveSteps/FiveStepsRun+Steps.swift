import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol

extension FiveStepsRun {
    /// The tools that say they only read and answer without an error, four at most, and why others are not among them.
    func choose(_ client: Client, from tools: [ToolDefinition]) async throws -> (work: [ProbeOperation], notes: [String]) {
        progress("trying tools")
        let choice = await ToolSelection(client, from: tools, most: 4)
        let hasTools = try await client.declaresTools
        return (choice.work, (hasTools ? [] : [Client.noTools]) + choice.notes)
    }

    /// Each operation by itself, one call at a time, with the process read before and after.
    func profile(_ work: [ProbeOperation], _ share: Duration) async throws -> StepOutcome {
        var undecided: [String] = []
        let times = try await server.withClient(clock: clock) { client, link in
            let reader = server.process(link.processIdentifier())
            if reader == nil { undecided.append("where time goes within the server: no process of this machine is known for it; name it with --pid, or run "
                + "this beside it") }
            let load = CycleLoad(server: server, client: client, clock: clock)
            var times: [ToolTime] = []
            for operation in work {
                progress("profile: \(operation)")
                _ = try await load.run(operation, count: 2, workers: 1, until: .distantFuture)
                var latencies: [Double] = []
                var refusals = CycleLoad.Done()
                let before = reader?.sample()
                let end = clock.now + share / (work.count * (profiler == nil ? 1 : 2))
                while latencies.count + refusals.refused < 3 || (clock.now < end && latencies.count + refusals.refused < 2_000) {
                    let begin = clock.now
                    let done = try await load.run(operation, count: 1, workers: 1, until: .distantFuture)
                    // A refusal is quick, and says nothing of the work.
                    if done.refused > 0 { refusals = refusals + done } else { latencies.append((clock.now - begin).inMilliseconds) }
                }
                if let reason = refusals.reason, refusals.refused > 0 { undecided.append("\(refusals.refused) calls of \(operation), which were refused: \(reason)") }
                guard !latencies.isEmpty else { continue }
                times.append(ToolTime("\(operation)", latencies: latencies, before, reader?.sample()))
            }
            return times
        }
        var evidence: ProfileEvidence?
        if let profiler, !work.isEmpty {
            progress("profile: sampling")
            do { evidence = try await profiler(server, work, share / 2) } catch { undecided.append("a flame graph: \(error)") }
        }
        return ProfileStep.outcome(times, evidence: evidence, undecided: undecided)
    }

    /// A steady rate of calls, the tools by turns.
    func benchmark(_ work: [ProbeOperation], _ share: Duration) async throws -> StepOutcome {
        let begin = clock.now
        return try await withLinks(server.isShared ? 4 : 1) { clients, link in
            progress("benchmark: looking for a rate")
            var entries: [ToolMix.Entry] = []
            var slowest = 0.1
            for case .call(let tool, let arguments) in work {
                let begin = clock.now
                var calls = 0
                // Long enough to come upon a quota that lets the first few pass.
                while calls < 3 || (calls < 12 && clock.now - begin < .seconds(1)) {
                    _ = await LoadAgent(clients[0]).call(tool, arguments)
                    calls += 1
                }
                entries.append(.init(tool: tool, arguments: try ArgumentTemplate(arguments.value())))
                slowest = max(slowest, (clock.now - begin).inMilliseconds / Double(calls))
            }
            guard !entries.isEmpty else { return BenchmarkStep.outcome(nil) }
            // That of the baseline, or half of what one caller alone gets from the slowest tool, for each tool.
            let rate = limits.rate ?? baseline?.rate ?? Self.round(min(200, max(2, 500 / slowest * Double(entries.count))))
            let rest = max(.seconds(1), share - (clock.now - begin))
            let configuration = LoadConfiguration(
                .open([LoadPhase(rate: rate, duration: rest)]), maximumInFlight: 64 * clients.count, drain: min(server.timeout, .seconds(10)),
                seed: Self.seed)
            let mix = ToolMix(entries)
            progress("benchmark: \(rate.fixed(0)) calls a second for \(rest.seconds.fixed(0)) s")
            let reader = server.process(link.processIdentifier())
            let before = reader?.sample()
            let result = await LoadRun(configuration, mix: mix, agents: clients.map { LoadAgent($0) }, clock: clock).run()
            let use = reader?.sample().flatMap { after in before.map { ProcessUse($0, after) } }
            let run = BenchmarkStep.Run(
                result, rate: rate, serverCores: use?.cpuShare, busiest: use?.busiest.map { .init(name: $0.name, share: $0.share) },
                load: LoadDescription(configuration, mix: mix, agents: clients.count))
            return BenchmarkStep.outcome(run, baseline: baseline)
        }
    }

    /// The time without calls, then as many kinds of work as there is time for: the tools and sessions first.
    func memory(_ work: [ProbeOperation], _ share: Duration) async throws -> StepOutcome {
        let idle = share / 5
        let run = LeakRun(server, limits: .init(duration: share, idle: idle), clock: clock) { progress("memory: \($0)") }
        let hasTools = try await server.withClient(clock: clock) { client, _ in try await client.declaresTools }
        var rest: [ProbeOperation] = (hasTools ? [.listTools, .failingCall] : []) + (server.isShared ? [.connection] : [])
        if server.isHTTP, try await run.speaksLegacy() { rest.insert(.session, at: 0) }
        let kinds = Array(work.prefix(2)) + rest.prefix(1) + work.dropFirst(2) + rest.dropFirst()
        // Below some seconds each there are too few readings to judge by.
        let room = max(2, Int((share - idle) / .milliseconds(2_500)))
        return MemoryStep.outcome(try await run.run(Array(kinds.prefix(room)), areTried: true), leftOut: Array(kinds.dropFirst(room)))
    }

    /// The race by its plan, as many rounds as fit; `nil` without a plan.
    func raced(within share: Duration) async throws -> RaceRun.Report? {
        guard let race else { return nil }
        progress("racing")
        let end = clock.now + share
        // What this race leaves in a server that is kept must not be what the next one finds.
        let scope = String(Int64(clock.wallTime * 1_000), radix: 36)
        let run = try RaceRun(race.plan, seed: race.seed, server: server.isShared ? .kept : .ownPerRound, scope: scope)
        return try await run.run(isOver: { clock.now >= end }) { count, body in
            try await withLinks(server.isShared ? count : 1) { clients, _ in
                try await body(server.isShared ? clients : Array(repeating: clients[0], count: count))
            }
        }
    }

    /// Opens so many clients one within the other, runs `body` with them and the first one's link, and closes them.
    private func withLinks<Result: Sendable>(_ count: Int, _ body: ([Client], DiagnosedServer.Link) async throws -> Result) async throws -> Result {
        try await open(count, [], nil, body)
    }

    private func open<Result: Sendable>(
        _ count: Int, _ clients: [Client], _ first: DiagnosedServer.Link?, _ body: ([Client], DiagnosedServer.Link) async throws -> Result
    ) async throws -> Result {
        try await server.withClient(clock: clock) { client, link in
            let (clients, first) = (clients + [client], first ?? link)
            return clients.count >= count ? try await body(clients, first) : try await open(count, clients, first, body)
        }
    }

    /// To one digit, so that two reports of one server ask for the same rate.
    private static func round(_ rate: Double) -> Double {
        var power = 1.0
        while power * 10 <= rate { power *= 10 }
        return max(1, (rate / power).rounded(.down) * power)
    }
}
