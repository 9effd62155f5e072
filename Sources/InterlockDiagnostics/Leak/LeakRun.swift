public import InterlockConcurrency
import InterlockClient

/// Looks for what a server keeps of the work it has done: each kind of work apart, and a time without any.
///
/// Memory, descriptors, threads and children are read when nothing is in flight, and laid against completed cycles, not against time. What grows
/// by itself is measured first and taken off the rest.
public struct LeakRun: Sendable {
    /// How long and how much.
    public struct Limits: Sendable {
        /// The whole run, the part without calls included.
        public var duration: Duration
        /// The part without calls; none if zero.
        public var idle: Duration
        /// The most cycles of one kind.
        public var cycles: Int
        /// Cycles at once.
        public var workers: Int
        /// How long the server says that a session lives which nobody uses: sessions are left alone for so long, beyond ``duration``, and what they hold
        /// must have been given back then. `nil` when nobody has said it: they are left alone for a twentieth of ``duration``, and what is held is told.
        public var sessionLifetime: Duration?

        public init(
            duration: Duration = .seconds(60), idle: Duration = .seconds(10), cycles: Int = 30_000, workers: Int = 4, sessionLifetime: Duration? = nil
        ) {
            self.duration = duration
            self.idle = idle
            self.cycles = cycles
            self.workers = workers
            self.sessionLifetime = sessionLifetime
        }
    }

    /// What was done and what came of it.
    struct Outcome {
        var parts: [LeakReport.Part] = []
        var abandoned: AbandonedSessions?
        var loss: ServerLoss?
        /// What was not begun, because what came before took twice the time there is.
        var late: [ProbeOperation] = []

        /// What was not begun, for people; empty where all was.
        var notes: [String] {
            late.isEmpty ? [] : ["\(ToolSelection.listed(late.map(\.description))): left out, because the rest took twice the time there is; name fewer with --tool, or give more --duration"]
        }
    }

    let server: DiagnosedServer
    let limits: Limits
    private let census: (@Sendable (_ process: Int32) throws -> any ObjectCensus)?
    let clock: any SchedulingClock
    let progress: @Sendable (String) -> Void

    /// - Parameter census: counts the live objects of the server's process, some twenty times in each part; `nil` leaves them alone.
    public init(
        _ server: DiagnosedServer, limits: Limits = Limits(), census: (@Sendable (_ process: Int32) throws -> any ObjectCensus)? = nil,
        clock: any SchedulingClock = SystemClock.shared, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.server = server
        self.limits = limits
        self.census = census
        self.clock = clock
        self.progress = progress
    }

    /// Runs, and ends by itself. Throws what keeps it from the server at the beginning; a server that is lost later ends the run, and what was read until
    /// then is the report's. Cancelling the task ends it with the parts that are done; without one it throws.
    ///
    /// - Parameters:
    ///   - operations: what is done; by default each tool that says it only reads, the list, failing, refused and cancelled calls, and over HTTP
    ///     sessions, such as nobody ends, and connections. Of those that are given each call is tried first.
    ///   - isWhole: whether the rest of that is done besides the given operations, with the first of their calls as the one that is cancelled; without
    ///     given operations it changes nothing.
    /// - Throws: ``RefusedTool`` where one of those only fails.
    public func run(_ operations: [ProbeOperation]? = nil, isWhole: Bool = false) async throws -> LeakReport {
        try await run(operations, isWhole: isWhole, areTried: false)
    }

    /// The same.
    ///
    /// - Parameter areTried: whether somebody has seen each of the given calls succeed.
    func run(_ operations: [ProbeOperation]?, isWhole: Bool = false, areTried: Bool) async throws -> LeakReport {
        try await server.withClient(clock: clock) { client, link in
            let (work, notes) = try await plan(operations, isWhole: isWhole, client)
            guard let reader = server.process(link.processIdentifier()) else {
                let note = "no process of this machine is known for this server, so its memory, descriptors, threads and children cannot be measured: name it with --pid, or run this beside it"
                return LeakReport(parts: [], runtime: .unknown, snapshot: nil, limits: [note] + notes)
            }
            var observer: ObjectObserver?
            if let census { observer = try await ObjectObserver(try census(reader.processIdentifier)) }
            let outcome = try await parts(work, client, reader, observer, untried: areTried ? [] : operations ?? [])
            let done = outcome.parts.count { $0.operation != nil } + (outcome.abandoned == nil ? 0 : 1)
            let interrupted = Task.isCancelled ? ["interrupted: \(done) of \(work.count) kinds of work were done"] : []
            let runtime = observer?.runtime(reader.runtime) ?? reader.runtime
            let broken = outcome.parts.flatMap(\.notes)
            return LeakReport(
                parts: outcome.parts, runtime: runtime, snapshot: runtime.snapshotAdvice(reader.serverIdentifier, countsObjects: observer != nil),
                limits: interrupted + notes + outcome.notes + (observer?.notes(runtime) ?? []) + broken, abandoned: outcome.abandoned, loss: outcome.loss,
                leftOut: leftOut(besides: operations, isWhole: isWhole))
        }
    }

    /// The time without calls and then each kind of work, over a client that is connected.
    ///
    /// - Parameter untried: what is tried between the two. Not before: what a call has freed is where growth without calls goes unseen.
    func parts(
        _ work: [ProbeOperation], _ client: Client, _ reader: any ProcessReading, _ observer: ObjectObserver? = nil, untried: [ProbeOperation] = []
    ) async throws -> Outcome {
        var outcome = Outcome()
        if limits.idle > .zero { outcome.parts.append(try await idle(reader, observer)) }
        // A connection that is lost with it is lost to the part that calls it, too, which says so.
        if let refused = try? await RefusedTool.first(of: untried, client) { throw refused }
        let ownGrowth = outcome.parts.first.map(OwnGrowth.init) ?? OwnGrowth()
        let (share, reserve) = shares(of: limits.duration - limits.idle, work.count)
        var load = CycleLoad(server: server, client: client, clock: clock)
        load.hasTools = work.contains(.connection) ? try await client.declaresTools : true
        let latest = clock.now + limits.duration * 2
        do {
            for operation in work where operation != .abandonedSession && outcome.loss == nil {
                if clock.now >= latest {
                    outcome.late.append(operation)
                    continue
                }
                try await part(operation, for: share, reader, load, ownGrowth, observer, &outcome)
            }
            try await lookAgain(for: reserve, &outcome) { operation, share, outcome in
                if clock.now >= latest { return }
                try await part(operation, for: share, reader, load, ownGrowth, observer, &outcome)
            }
            // What it leaves in the server would be in the way of everything else.
            if work.contains(.abandonedSession), outcome.loss == nil {
                if clock.now < latest { try await abandoned(for: share, reader, load, &outcome) } else { outcome.late.append(.abandonedSession) }
            }
        } catch {
            // The parts that are done are a report.
            guard Task.isCancelled, !outcome.parts.isEmpty else { throw error }
        }
        return outcome
    }

    private func idle(_ reader: any ProcessReading, _ observer: ObjectObserver?) async throws -> LeakReport.Part {
        progress("waiting without a call")
        let begin = clock.now
        var samples: [(x: Double, sample: ProcessSample)] = []
        var objects = ObjectSeries()
        let step = limits.idle / 40
        while clock.now - begin < limits.idle {
            let minutes = (clock.now - begin).inMinutes
            if let sample = reader.sample() { samples.append((minutes, sample)) }
            if samples.count % 2 == 1, let snapshot = try await observer?.snapshot() { objects.append(snapshot, x: minutes, minutes: minutes) }
            try await clock.sleep(for: step)
        }
        var part = Self.part(nil, samples, cycles: 0, failures: 0, duration: clock.now - begin, OwnGrowth())
        if observer != nil { part.objects = objects.growths(.idleObjects) }
        return part
    }

    private func part(
        _ operation: ProbeOperation, for share: Duration, _ reader: any ProcessReading, _ load: CycleLoad, _ ownGrowth: OwnGrowth,
        _ observer: ObjectObserver?, _ outcome: inout Outcome
    ) async throws {
        let begin = clock.now
        let end = begin + share
        var load = load
        var samples: [(x: Double, sample: ProcessSample)] = []
        var objects = ObjectSeries()
        var (cycles, failures) = (0, 0)
        var refusals = CycleLoad.Done()
        func batch(_ size: Int) async throws {
            let done = try await load.run(operation, count: size, workers: limits.workers, until: end)
            cycles += done.cycles
            failures += done.failed
            if done.refused > 0 { refusals = refusals + done }
            if case .cancelledCall = operation { try await settle(load.client, reader) }
            if let sample = reader.sample() { samples.append((Double(cycles), sample)) }
            progress("\(operation): \(cycles) cycles")
        }
        func cycled() async throws {
            if case .cancelledCall(let tool, let arguments) = operation { load.cancelAfter = min(try await load.usualTime(tool, arguments) / 2, .milliseconds(50)) }
            let first = min(limits.cycles, max(limits.workers, 8))
            try await batch(first)
            // Some eighty readings whatever the speed, and twenty snapshots of the objects.
            let spent = max(1e-6, (clock.now - begin).inSeconds)
            let expected = min(limits.cycles, Int(Double(first) / spent * share.inSeconds))
            let size = max(1, expected / 80)
            var (counted, next) = (0, cycles)
            func count() async throws {
                guard let snapshot = try await observer?.snapshot() else { return }
                objects.append(snapshot, x: Double(cycles), minutes: (clock.now - begin).inMinutes)
                (counted, next) = (cycles, cycles + max(1, expected / 20))
            }
            try await count()
            while clock.now < end, cycles < limits.cycles, samples.count < 400 {
                try await batch(min(size, limits.cycles - cycles))
                if cycles >= next { try await count() }
            }
            if counted < cycles { try await count() }
        }
        var ended: String?
        do {
            try await cycled()
        } catch where !Task.isCancelled && (error as? ClientError)?.code != .unauthorized && !(error is ObjectCensusError) {
            // The part ends, and not the run: what was read until then is judged.
            let loss = await server.loss(error, during: "\(operation), after \(cycles) cycles", reader, clock: clock)
            ended = loss?.sentence ?? "\((error as? ClientError)?.message ?? "\(error)")"
            outcome.loss = loss
        }
        // What was cut off is no part that is told.
        try Task.checkCancellation()
        var part = Self.part(operation, samples, cycles: cycles, failures: failures, duration: clock.now - begin, ownGrowth)
        part.ended = ended
        if refusals.refused > 0 { part.refused = .init(count: refusals.refused, reason: refusals.reason ?? "") }
        if observer != nil { part.objects = objects.growths(.objects(cycles: cycles), ownPerMinute: ownGrowth.objects) }
        outcome.parts.append(part)
    }

    /// Waits until the server has worked off what was cancelled, half a second at most: what is still open then is not in work but kept.
    private func settle(_ client: Client, _ reader: any ProcessReading) async throws {
        var descriptors: Int?
        for _ in 0..<20 {
            do { _ = try await client.listTools(cursor: nil) } catch where DiagnosedServer.isAnswer(error) { return } // nor is it asked again
            guard let now = reader.sample()?.descriptors, now != descriptors else { return }
            descriptors = now
            try await clock.sleep(for: .milliseconds(25))
        }
    }

    private static func part(
        _ operation: ProbeOperation?, _ samples: [(x: Double, sample: ProcessSample)], cycles: Int, failures: Int, duration: Duration, _ ownGrowth: OwnGrowth
    ) -> LeakReport.Part {
        let begin = samples.first?.sample.time ?? .zero
        let measures = LeakReport.Quantity.allCases.compactMap { quantity -> LeakReport.Measure? in
            let points = samples.compactMap { x, sample in
                quantity.value(sample).map { GrowthSeries.Point(x, Double($0) - ownGrowth[quantity] * (sample.time - begin).inMinutes) }
            }
            guard !points.isEmpty else { return nil }
            let series = GrowthSeries(points)
            return LeakReport.Measure(quantity: quantity, series: series, judgement: GrowthRule.of(quantity, operation).judge(series))
        }
        return LeakReport.Part(operation: operation, cycles: cycles, failures: failures, duration: duration, measures: measures)
    }
}

/// What grows in a minute without a call.
private struct OwnGrowth {
    private var perMinute: [LeakReport.Quantity: Double] = [:]
    private(set) var objects: [ObjectSnapshot.Kind: Double] = [:]

    init() {}

    init(_ idle: LeakReport.Part) {
        for measure in idle.measures where measure.judgement.verdict == .leak { perMinute[measure.quantity] = measure.judgement.slope?.slope }
        for growth in idle.foundObjects { objects[growth.kind] = growth.countPerCycle }
    }

    subscript(_ quantity: LeakReport.Quantity) -> Double { perMinute[quantity] ?? 0 }
}
