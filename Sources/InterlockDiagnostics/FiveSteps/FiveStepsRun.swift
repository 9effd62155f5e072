public import InterlockConcurrency
import InterlockClient
import InterlockProtocol

/// Runs the five steps against one server, one after the other, and puts what they found together.
///
/// The steps share the time there is by what they need. A step that the server does not survive, or that takes much longer than its share, says so in
/// its outcome, and the next one is begun.
public struct FiveStepsRun: Sendable {
    /// How long, how much, and which steps.
    public struct Limits: Sendable {
        /// The whole report; waiting for single answers may add to it.
        public var duration: Duration
        /// Calls at once.
        public var width: Int
        /// Calls a second of the benchmark; `nil` for those of its baseline, and without one for half of what one caller alone gets from the slowest
        /// tool, at most 200.
        public var rate: Double?
        public var steps: Set<DiagnosisStep>

        public init(
            duration: Duration = .seconds(60), width: Int = 8, rate: Double? = nil, steps: Set<DiagnosisStep> = Set(DiagnosisStep.allCases)
        ) {
            self.duration = duration
            self.width = width
            self.rate = rate
            self.steps = steps
        }
    }

    /// Samples the server while the tools are called, for at most `duration`.
    public typealias Profiler = @Sendable (_ server: DiagnosedServer, _ operations: [ProbeOperation], _ duration: Duration) async throws -> ProfileEvidence

    /// Seed of the benchmark, the same in each report, so that two of them can be compared.
    static let seed: UInt64 = 1

    let server: DiagnosedServer
    let limits: Limits
    let race: (plan: RacePlan, seed: UInt64)?
    let baseline: BenchmarkStep.Baseline?
    let profiler: Profiler?
    let clock: any SchedulingClock
    let progress: @Sendable (String) -> Void

    /// Prepares a report.
    ///
    /// - Parameters:
    ///   - race: what must hold when calls race, for the concurrency step.
    ///   - baseline: what the benchmark is held against.
    ///   - profiler: adds a flame graph to the profile step.
    public init(
        _ server: DiagnosedServer, limits: Limits = Limits(), race: (plan: RacePlan, seed: UInt64)? = nil, baseline: BenchmarkStep.Baseline? = nil,
        profiler: Profiler? = nil, clock: any SchedulingClock = SystemClock.shared, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.server = server
        self.limits = limits
        self.race = race
        self.baseline = baseline
        self.profiler = profiler
        self.clock = clock
        self.progress = progress
    }

    /// Runs the steps. Throws what keeps it from the server at the beginning; what happens later is an outcome. Cancelling the task keeps the steps that
    /// have come to their end; the one that runs and those behind it are undecided then.
    ///
    /// - Parameters:
    ///   - target: the server's name in the report.
    ///   - given: what is called; by default the tools that say they only read. Each of those that are given is tried first.
    /// - Throws: ``RefusedTool`` where one of those only fails.
    public func run(target: String, operations given: [ProbeOperation]? = nil) async throws -> FiveStepsReport {
        let time = clock.wallTime
        progress("connecting")
        let (name, work, notes) = try await server.withClient(clock: clock) { client, _ in
            let tools = try await client.declaredTools()
            let info = client.server?.info.map { "\($0.name) \($0.version)" } ?? target
            // A connection that is lost with it is lost to the first step, too, which says so.
            if let given, let refused = try? await RefusedTool.first(of: given, client) { throw refused }
            let (work, notes) = if let given { (given, [String]()) } else { try await choose(client, from: tools) }
            return ("\(info), protocol \(client.server?.revision.rawValue ?? "unknown")", work, notes)
        }
        var outcomes: [StepOutcome] = []
        let wanted = limits.steps
        if wanted.contains(.profile) { outcomes.append(await bounded(.profile, share(of: [.profile])) { try await profile(work, $0) }) }
        if wanted.contains(.benchmark) { outcomes.append(await bounded(.benchmark, share(of: [.benchmark])) { try await benchmark(work, $0) }) }
        if wanted.contains(.memory) { outcomes.append(await bounded(.memory, share(of: [.memory])) { try await memory(work, $0) }) }
        outcomes += await examination(work)
        if !outcomes.isEmpty { outcomes[0].undecided += notes }
        return FiveStepsReport(target: target, server: name, time: time, steps: outcomes.sorted { $0.step.number < $1.step.number })
    }

    /// The time that some of the wanted steps have together.
    func share(of steps: Set<DiagnosisStep>) -> Duration {
        let all = limits.steps.reduce(0) { $0 + $1.weight }
        let mine = limits.steps.intersection(steps).reduce(0) { $0 + $1.weight }
        return limits.duration * (mine / max(all, 1))
    }

    /// One step, which ends in an outcome whatever happens: at most three times its share and one answer long.
    private func bounded(
        _ step: DiagnosisStep, _ share: Duration, _ body: @escaping @Sendable (Duration) async throws -> StepOutcome
    ) async -> StepOutcome {
        let begin = clock.now
        // Not begun any more.
        if Task.isCancelled { return Self.interrupted(step) }
        let ended = await BoundedWait.value(within: share * 3 + server.timeout * 2, cleanup: Self.cleanup, clock: clock) { () -> StepOutcome in
            do { return try await body(share) } catch { return await broken(step, error) }
        }
        // What it says then may be of calls that were cut off.
        if Task.isCancelled { return Self.interrupted(step, took: clock.now - begin) }
        var outcome = ended ?? StepOutcome(
            step, .undecided, "It did not end within \((share * 3 + server.timeout * 2).seconds.fixed(0)) s.",
            next: "Give the tool a timeout of its own that ends in an error, then run this again.", cannotCatch: "Anything: it was given up.")
        outcome.took = clock.now - begin
        return outcome
    }

    /// Workers and concurrency: one examination tells both, and each takes from it what is its own.
    private func examination(_ work: [ProbeOperation]) async -> [StepOutcome] {
        let steps = limits.steps.intersection([.workers, .concurrency])
        guard !steps.isEmpty else { return [] }
        let begin = clock.now
        let share = share(of: steps)
        let seen = Examined()
        let run = DoctorRun(
            server, limits: .init(duration: share, width: limits.width),
            subjects: (steps.contains(.workers) ? WorkersStep.subjects : []).union(steps.contains(.concurrency) ? ConcurrencyStep.subjects : []),
            clock: clock, progress: progress)
        let first = steps.contains(.workers) ? DiagnosisStep.workers : .concurrency
        let probe = await bounded(first, share) { _ in
            let observations = try await run.observe(work, areTried: true)
            seen.set(observations)
            return WorkersStep.outcome(observations, width: limits.width)
        }
        let examined = clock.now - begin
        var outcomes: [StepOutcome] = steps.contains(.workers) ? [probe] : []
        guard steps.contains(.concurrency) else { return outcomes }
        guard !Task.isCancelled, let observations = seen.value else {
            var lost = probe
            lost.step = .concurrency
            // Whoever reads of this step is told how to run this one again.
            if Task.isCancelled { lost = Self.interrupted(.concurrency, took: probe.took) }
            return outcomes + [lost]
        }
        var concurrency = await bounded(.concurrency, share) { share in
            ConcurrencyStep.outcome(observations, width: limits.width, race: try await raced(within: share))
        }
        if !steps.contains(.workers) { concurrency.took += examined }
        outcomes.append(concurrency)
        return outcomes
    }

    /// How long a step that is interrupted may take to end what it has started: its server, its profiler.
    private static let cleanup = Duration.seconds(10)

    private static func interrupted(_ step: DiagnosisStep, took: Duration = .zero) -> StepOutcome {
        var outcome = StepOutcome(
            step, .undecided, "It was interrupted.", next: "Run this again, or this step alone: `interlock report --only \(step.rawValue)`.",
            cannotCatch: "Anything: it did not come to its end.")
        outcome.took = took
        return outcome
    }

    /// What an error means for its step: a fault where the server was lost with it, and no more than an answer that is lacking where it is still there.
    private func broken(_ step: DiagnosisStep, _ error: any Error) async -> StepOutcome {
        let unseen = "Anything after the moment it broke off."
        if let loss = await server.loss(error, during: "this step", nil, clock: clock) {
            return StepOutcome(
                step, .fault, loss.sentence, next: "Look into its log for the moment of the loss; a server must outlive its callers.", cannotCatch: unseen)
        }
        let message = (error as? ClientError)?.message ?? "\(error)"
        return StepOutcome(step, .undecided, "It broke off: \(message).", next: "Remove what it met, and run this again.", cannotCatch: unseen)
    }
}
