public import InterlockConcurrency
import InterlockJSON
import Synchronization

/// Puts a load on agents and measures what comes back: the thin shell of ``LoadStateMachine``.
public final class LoadRun: Sendable {
    /// Where a run stands; for a progress line.
    public struct Progress: Sendable {
        public var elapsed: Duration
        public var of: Duration
        public var ended: Int
        public var failed: Int
        public var inFlight: Int
        public var p99: Duration?
    }

    private struct State: Sendable {
        var machine: LoadStateMachine
        var total = LoadMeasure()
        var tools: [String: LoadMeasure] = [:]
        var slices: [LoadMeasure]
        var examples: [String: String] = [:]
        /// Calls in flight, so that those that never end are counted too; bounded by the configuration.
        var open: [Int: OpenCall] = [:]
        var isOver = false
    }

    private struct OpenCall: Sendable {
        var start: LoadStateMachine.Start
        var tool: String
    }

    private enum Ending: Sendable { case answered, drained, cancelled }

    private let configuration: LoadConfiguration
    private let mix: ToolMix
    private let agents: [LoadAgent]
    private let clock: any SchedulingClock
    private let start: MonotonicTime
    private let sliceNanoseconds: Int64
    private let state: Mutex<State>
    private let over = Waiter<Void>()

    /// Prepares a load that begins now. Call ``run()`` once.
    ///
    /// - Parameters:
    ///   - agents: at least one; the calls go to them in turn. Calls become due on the executor of the first.
    ///   - clock: best one whose actions run on that executor too.
    public init(
        _ configuration: LoadConfiguration, mix: ToolMix, agents: [LoadAgent], clock: any SchedulingClock = SystemClock.shared
    ) {
        precondition(!agents.isEmpty, "a load needs an agent that calls")
        self.configuration = configuration
        self.mix = mix
        self.agents = agents
        self.clock = clock
        start = clock.now
        let length = max(1, configuration.duration.nanosecondsRounded)
        // Enough blocks to draw from, each long enough to hold calls.
        let slices = max(1, min(60, Int(length / 100_000_000)))
        sliceNanoseconds = length / Int64(slices) + 1
        let measures = Array(repeating: LoadMeasure(), count: slices)
        state = Mutex(State(machine: LoadStateMachine(configuration, start: start), slices: measures))
    }

    /// Where the run stands.
    public var progress: Progress {
        state.withLock { state in
            Progress(
                elapsed: clock.now - start, of: configuration.duration, ended: state.total.calls, failed: state.total.failed.count,
                inFlight: state.machine.inFlight, p99: state.total.latency.quantile(0.99))
        }
    }

    /// Runs the load to its end and returns what it brought.
    ///
    /// A call that has no answer when ``LoadConfiguration/drain`` has passed counts as failed, and is cancelled; one that does not hear that it is
    /// cancelled is left behind rather than waited for. Cancelling the task ends the load at once, and what was in flight then does not count.
    public func run() async -> LoadResult {
        let cpu = ProcessTime.now
        // Not awaited, because it may hold calls that never end: `over` is, and once it is resolved nothing that these do counts any more.
        let work = Task(executorPreference: agents[0].executor) { [self] in
            await load()
            finish(.answered)
        }
        let limit = clock.schedule(at: start + configuration.duration + configuration.drain) { [self] in finish(.drained) }
        await over.wait { [self] in finish(.cancelled) }
        limit.cancel()
        work.cancel()
        let wall = max(1e-9, (clock.now - start).seconds)
        let cores = (ProcessTime.now - cpu) / wall
        return state.withLock { state in
            let machine = state.machine
            // The last call of an open loop may end before the time that it stands for has passed.
            let isWhole = machine.arrived < configuration.maximumCalls && !Task.isCancelled
            return LoadResult(
                offeredSeconds: isWhole ? configuration.duration.seconds : min(wall, configuration.duration.seconds), seconds: wall,
                rate: configuration.rate, offered: machine.arrived, lateStarts: machine.lateStarts, waited: machine.waited, dropped: machine.dropped,
                total: state.total, tools: state.tools, slices: state.slices,
                sliceSeconds: Double(sliceNanoseconds) / 1e9, generatorCores: cores, examples: state.examples)
        }
    }

    /// Closes the books, once: the first ending counts.
    private func finish(_ ending: Ending) {
        let isFirst = state.withLock { state in
            if state.isOver { return false }
            state.isOver = true
            if ending == .drained {
                let now = clock.now
                let message = "no answer within \(configuration.drain) after the last call was begun"
                for call in state.open.values { record(call, .transportError, message, at: now, in: &state) }
            }
            // What still waits for a place has been offered and never begun.
            state.machine.stop()
            return true
        }
        if isFirst { over.resolve(()) }
    }

    private func load() async {
        await withDiscardingTaskGroup { calls in
            switch configuration.loop {
            case .open: await pace(&calls)
            case .closed(let clients, _):
                for client in 0..<max(1, min(clients, configuration.maximumInFlight)) {
                    calls.addTask(executorPreference: agent(client).executor) { await self.loop(client) }
                }
            }
        }
    }

    private func pace(_ calls: inout DiscardingTaskGroup) async {
        while !Task.isCancelled {
            let (starts, next) = state.withLock { state in (state.machine.begin(now: clock.now), state.machine.nextArrival) }
            for start in starts { calls.addTask(executorPreference: agent(start.number).executor) { await self.perform(start) } }
            guard let next else { return }
            do { try await clock.sleep(until: next) } catch { return }
        }
    }

    /// One place of an open loop: its call, then those that waited for a place.
    private func perform(_ first: LoadStateMachine.Start) async {
        var next: LoadStateMachine.Start? = first
        while let start = next {
            await call(start, agent: start.number)
            next = state.withLock { $0.machine.ended(now: clock.now) }
        }
    }

    /// One client of a closed loop.
    private func loop(_ client: Int) async {
        var afterCall = false
        while let think = state.withLock({ $0.machine.next(now: clock.now, afterCall: afterCall) }) {
            if think > .zero { do { try await clock.sleep(for: think) } catch { return } }
            guard let start = state.withLock({ $0.machine.beginClosed(now: clock.now) }) else { return }
            await call(start, agent: client)
            afterCall = true
        }
    }

    private func agent(_ number: Int) -> LoadAgent { agents[number % agents.count] }

    private func call(_ start: LoadStateMachine.Start, agent: Int) async {
        let call = mix.call(start.number, seed: configuration.seed)
        state.withLock { $0.open[start.number] = OpenCall(start: start, tool: call.tool) }
        let (outcome, message) = await self.agent(agent).call(call.tool, call.arguments)
        let now = clock.now
        state.withLock { state in
            guard !state.isOver, let call = state.open.removeValue(forKey: start.number) else { return }
            record(call, outcome, message, at: now, in: &state)
        }
    }

    private func record(_ call: OpenCall, _ outcome: CallOutcome, _ message: String?, at now: MonotonicTime, in state: inout State) {
        // Plain numbers: each arithmetic with a Duration is one with 128 bits.
        let latency = now.nanoseconds - call.start.intended.nanoseconds
        let service = now.nanoseconds - call.start.began.nanoseconds
        let slice = min(max(0, Int((call.start.intended.nanoseconds - start.nanoseconds) / sliceNanoseconds)), state.slices.count - 1)
        state.total.record(outcome, latencyNanoseconds: latency, serviceNanoseconds: service)
        state.tools[call.tool, default: LoadMeasure()].record(outcome, latencyNanoseconds: latency, serviceNanoseconds: service)
        state.slices[slice].record(outcome, latencyNanoseconds: latency, serviceNanoseconds: service)
        if let message, state.examples[outcome.rawValue] == nil { state.examples[outcome.rawValue] = String(message.prefix(300)) }
    }
}
