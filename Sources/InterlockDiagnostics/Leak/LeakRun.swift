public import InterlockConcurrency
import InterlockClient
import InterlockProtocol

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

        public init(duration: Duration = .seconds(60), idle: Duration = .seconds(10), cycles: Int = 30_000, workers: Int = 4) {
            self.duration = duration
            self.idle = idle
            self.cycles = cycles
            self.workers = workers
        }
    }

    private let server: DiagnosedServer
    private let limits: Limits
    private let census: (@Sendable (_ process: Int32) throws -> any ObjectCensus)?
    private let clock: any SchedulingClock
    private let progress: @Sendable (String) -> Void

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

    /// Runs, and ends by itself. Throws what keeps it from the server.
    ///
    /// - Parameter operations: what is done; by default each tool that says it only reads, the list, failing, refused and cancelled calls, and over HTTP
    ///   sessions and connections.
    public func run(_ operations: [ProbeOperation]? = nil) async throws -> LeakReport {
        try await server.withClient(clock: clock) { client, link in
            let (work, notes) = try await plan(operations, client)
            guard let reader = server.process(link.processIdentifier()) else {
                let note = "no process of this machine is known for this server, so its memory, descriptors, threads and children cannot be measured: name it with --pid, or run this beside it"
                return LeakReport(parts: [], runtime: .unknown, snapshot: nil, limits: [note] + notes)
            }
            var observer: ObjectObserver?
            if let census { observer = try await ObjectObserver(try census(reader.processIdentifier)) }
            let parts = try await parts(work, client, reader, observer)
            let runtime = observer?.runtime(reader.runtime) ?? reader.runtime
            return LeakReport(
                parts: parts, runtime: runtime, snapshot: runtime.snapshotAdvice(reader.processIdentifier, countsObjects: observer != nil),
                limits: notes + (observer?.notes(runtime) ?? []))
        }
    }

    /// The time without calls and then each kind of work, over a client that is connected.
    func parts(
        _ work: [ProbeOperation], _ client: Client, _ reader: any ProcessReading, _ observer: ObjectObserver? = nil
    ) async throws -> [LeakReport.Part] {
        var parts: [LeakReport.Part] = []
        if limits.idle > .zero { parts.append(try await idle(reader, observer)) }
        let ownGrowth = parts.first.map(OwnGrowth.init) ?? OwnGrowth()
        let share = (limits.duration - limits.idle) / max(1, work.count)
        let load = CycleLoad(server: server, client: client, clock: clock)
        for operation in work { parts.append(try await part(operation, for: share, reader, load, ownGrowth, observer)) }
        return parts
    }

    private func plan(_ given: [ProbeOperation]?, _ client: Client) async throws -> ([ProbeOperation], [String]) {
        if let given { return (given, []) }
        let tools = try await client.listTools()
        let callable = ArgumentSample.callable(tools)
        var notes: [String] = []
        if callable.count < tools.count {
            notes.append("\(tools.count - callable.count) of \(tools.count) tools were not called: they do not say that they only read, or their arguments cannot be made up; name them with --tool NAME or --tool 'NAME={…}'")
        }
        var work = callable + [.listTools, .failingCall]
        if let refused = ArgumentSample.refused(tools) { work.append(refused) }
        if case .call(let tool, let arguments)? = callable.first { work.append(.cancelledCall(tool: tool, arguments: arguments)) }
        if server.isShared {
            work.append(.connection)
            if server.isHTTP, try await speaksLegacy() { work.append(.session) }
        } else {
            notes.append("connections and sessions were not cycled: each would start a process of its own")
        }
        return (work, notes)
    }

    /// Whether it still has sessions; one that answers `initialize` with a refusal has none to leak.
    func speaksLegacy() async throws -> Bool {
        do {
            return try await server.withClient(era: .legacy(), clock: clock) { _, link in link.sessionID() != nil }
        } catch is ProtocolError {
            return false
        } catch is ClientError {
            return false
        }
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
        _ observer: ObjectObserver?
    ) async throws -> LeakReport.Part {
        let begin = clock.now
        let end = begin + share
        var samples: [(x: Double, sample: ProcessSample)] = []
        var objects = ObjectSeries()
        var (cycles, failures) = (0, 0)
        func batch(_ size: Int) async throws {
            let (done, failed) = try await load.run(operation, count: size, workers: limits.workers, until: end)
            cycles += done
            failures += failed
            if case .cancelledCall = operation { try await settle(load.client, reader) }
            if let sample = reader.sample() { samples.append((Double(cycles), sample)) }
            progress("\(operation): \(cycles) cycles")
        }
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
        var part = Self.part(operation, samples, cycles: cycles, failures: failures, duration: clock.now - begin, ownGrowth)
        if observer != nil { part.objects = objects.growths(.objects(cycles: cycles), ownPerMinute: ownGrowth.objects) }
        return part
    }

    /// Waits until the server has worked off what was cancelled, half a second at most: what is still open then is not in work but kept.
    private func settle(_ client: Client, _ reader: any ProcessReading) async throws {
        var descriptors: Int?
        for _ in 0..<20 {
            _ = try await client.listTools(cursor: nil)
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
            let rule: GrowthRule = switch operation {
            case nil: quantity.isBytes ? .idleMemory : .idleCount
            case .session?, .connection?: quantity.isBytes ? .sessionMemory : .count
            default: quantity.isBytes ? .memory : .count
            }
            let series = GrowthSeries(points)
            return LeakReport.Measure(quantity: quantity, series: series, judgement: rule.judge(series))
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
