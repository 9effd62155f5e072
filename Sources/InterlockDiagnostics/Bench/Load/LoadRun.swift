public import InterlockConcurrency
import InterlockJSON
import Synchronization

/// Puts a load on agents and measures what comes back: the thin shell of ``LoadStateMachine`` and ``LoadTally``.
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
        var tally: LoadTally
        var open: OpenCalls
        /// What the generator had used when it began no further call.
        var begun: GeneratorUse?
        /// When the last call got its place.
        var lastBegun = MonotonicTime.zero
        /// Gives up the calls in flight when they have had their time after the last was begun.
        var drain: ScheduledAction?
        /// What it had used when the books were closed; nothing counts from then on.
        var whole: GeneratorUse?
        var isOver: Bool { whole != nil }
    }

    private enum Ending: Sendable { case answered, drained, cancelled }

    private let configuration: LoadConfiguration
    private let mix: ToolMix
    private let agents: [LoadAgent]
    private let clock: any SchedulingClock
    private let processorTime: @Sendable () -> Double
    private let start: MonotonicTime
    private let startProcessor: Double
    private let state: Mutex<State>
    private let over = Waiter<Void>()

    /// Prepares a load that begins now. Call ``run()`` once.
    ///
    /// - Parameters:
    ///   - agents: at least one; the calls go to them in turn. Calls become due on the executor of the first.
    ///   - clock: best one whose actions run on that executor too.
    public convenience init(
        _ configuration: LoadConfiguration, mix: ToolMix, agents: [LoadAgent], clock: any SchedulingClock = SystemClock.shared
    ) {
        self.init(configuration, mix: mix, agents: agents, clock: clock, processorTime: { ProcessTime.now })
    }

    /// The same with another measure of this process's processor time, in seconds.
    init(
        _ configuration: LoadConfiguration, mix: ToolMix, agents: [LoadAgent], clock: any SchedulingClock, processorTime: @escaping @Sendable () -> Double
    ) {
        precondition(!agents.isEmpty, "a load needs an agent that calls")
        self.configuration = configuration
        self.mix = mix
        self.agents = agents
        self.clock = clock
        self.processorTime = processorTime
        start = clock.now
        startProcessor = processorTime()
        state = Mutex(State(
            machine: LoadStateMachine(configuration, start: start),
            tally: LoadTally(tools: mix.tools, start: start, duration: configuration.duration), open: OpenCalls(Self.clients(configuration) ?? 0)))
    }

    /// Clients of a closed loop; `nil` for an open one.
    private static func clients(_ configuration: LoadConfiguration) -> Int? {
        guard case .closed(let clients, _) = configuration.loop else { return nil }
        return max(1, min(clients, configuration.maximumInFlight))
    }

    /// Where the run stands.
    public var progress: Progress {
        let (tally, inFlight) = state.withLock { ($0.tally, $0.machine.inFlight) }
        return Progress(
            elapsed: clock.now - start, of: configuration.duration, ended: tally.ended, failed: tally.failed, inFlight: inFlight,
            p99: tally.total.latency.quantile(0.99))
    }

    /// Runs the load to its end and returns what it brought.
    ///
    /// A call that has no answer when ``LoadConfiguration/drain`` has passed counts as failed, and is cancelled; one that does not hear that it is
    /// cancelled is left behind rather than waited for. Cancelling the task ends the load at once, and what was in flight then does not count.
    public func run() async -> LoadResult {
        // Not awaited, because it may hold calls that never end: `over` is, and once it is resolved nothing that these do counts any more.
        let work = Task(executorPreference: agents[0].executor) { [self] in
            await load()
            finish(.answered)
        }
        let end = start + configuration.duration
        let limits = [
            clock.schedule(at: end) { [self] in endBeginning() },
            clock.schedule(at: end + configuration.drain) { [self] in finish(.drained) },
        ]
        await over.wait { [self] in finish(.cancelled) }
        for limit in limits { limit.cancel() }
        state.withLock { $0.drain }?.cancel()
        work.cancel()
        let (state, isCancelled) = (state.withLock { $0 }, Task.isCancelled)
        let machine = state.machine, whole = state.whole ?? use
        let begun = min((state.begun ?? whole).wall, configuration.duration.seconds)
        // The last call of an open loop may end before the time that it stands for has passed.
        let isWhole = machine.arrived < configuration.maximumCalls && !isCancelled
        return LoadResult(
            offeredSeconds: isWhole ? configuration.duration.seconds : begun, answeredSeconds: (state.tally.lastAnswer - start).seconds,
            seconds: whole.wall, rate: configuration.rate, offered: machine.arrived, lateStarts: machine.lateStarts, waited: machine.waited,
            dropped: machine.dropped, total: state.tally.total, tools: state.tally.byTool, slices: state.tally.slices,
            sliceSeconds: state.tally.sliceSeconds, generatorCores: GeneratorUse.cores(begun: state.begun, whole: whole),
            generatorThreads: GeneratorUse.threads(of: agents, clients: Self.clients(configuration)), examples: state.tally.examples)
    }

    /// What this process has used since the load began.
    private var use: GeneratorUse {
        GeneratorUse(processor: processorTime() - startProcessor, wall: max(1e-9, (clock.now - start).seconds))
    }

    /// From now on no call begins by itself: what the generator has used until now is what it cost to begin them, and those in flight have
    /// ``LoadConfiguration/drain`` from here. The first time counts.
    private func endBeginning() {
        if state.withLock({ $0.begun != nil }) { return }
        let use = use
        let isFirst = state.withLock { state in
            if state.begun != nil { return false }
            state.begun = use
            return true
        }
        if isFirst { giveUp(at: clock.now + configuration.drain) }
    }

    /// Ends the load at this time, or so much later as calls that waited for a place have begun meanwhile.
    private func giveUp(at time: MonotonicTime) {
        let action = clock.schedule(at: time) { [self] in
            let end = state.withLock { $0.lastBegun } + configuration.drain
            if end <= time { finish(.drained) } else { giveUp(at: end) }
        }
        let isOver = state.withLock { state in
            state.drain = action
            return state.isOver
        }
        if isOver { action.cancel() }
    }

    /// Closes the books, once: the first ending counts.
    private func finish(_ ending: Ending) {
        let now = clock.now, use = use
        let isFirst = state.withLock { state in
            if state.isOver { return false }
            if ending == .drained {
                let message = "no answer within \(configuration.drain) after the last call was begun"
                for start in state.open.all {
                    let tool = mix.place(number(start), seed: configuration.seed)
                    close(start, began: start.began, .init(tool, .transportError, message), at: now, in: &state)
                }
            }
            state.whole = use
            // What still waits for a place has been offered and never begun.
            state.machine.stop()
            return true
        }
        if isFirst { over.resolve(()) }
    }

    private func load() async {
        await withDiscardingTaskGroup { calls in
            guard let clients = Self.clients(configuration) else { return await pace(&calls) }
            for client in 0..<clients { calls.addTask(executorPreference: agent(client).executor) { await self.loop(client) } }
        }
    }

    private func pace(_ calls: inout DiscardingTaskGroup) async {
        while !Task.isCancelled {
            let (starts, next) = state.withLock { state in
                (state.machine.begin(now: clock.now).map { (start: $0, slot: state.open.add($0)) }, state.machine.nextArrival)
            }
            for (start, slot) in starts {
                calls.addTask(executorPreference: agent(start.number).executor) { await self.perform(start, in: slot) }
            }
            guard let next else { return endBeginning() }
            do { try await clock.sleep(until: next) } catch { return }
        }
    }

    /// One place of an open loop: its call, then those that waited for a place.
    private func perform(_ first: LoadStateMachine.Start, in slot: Int) async {
        var next: LoadStateMachine.Start? = first
        while let start = next {
            // Not when it got its place: this task has waited for its turn on the executor since.
            let began = clock.now
            let answer = await call(start, agent: start.number)
            let now = clock.now
            next = state.withLock { state in
                close(start, began: began, answer, at: now, in: &state)
                let next = state.machine.ended(now: now)
                if next == nil { state.open.remove(slot) } else { (state.open[slot], state.lastBegun) = (next, now) }
                return next
            }
        }
    }

    /// One client of a closed loop.
    private func loop(_ client: Int) async {
        var last: (start: LoadStateMachine.Start, answer: Answer)?
        while true {
            let now = clock.now
            let (think, next) = state.withLock { state -> (Duration?, LoadStateMachine.Start?) in
                if let last { close(last.start, began: last.start.began, last.answer, at: now, in: &state) }
                state.open[client] = nil
                let think = state.machine.next(now: now, afterCall: last != nil)
                return (think, think == .zero ? begin(client, now, in: &state) : nil)
            }
            guard let think else { return endBeginning() }
            var start = next
            if think > .zero {
                do { try await clock.sleep(for: think) } catch { return }
                let now = clock.now
                start = state.withLock { begin(client, now, in: &$0) }
            }
            guard let start else { return endBeginning() }
            last = (start, await call(start, agent: client))
        }
    }

    private func begin(_ client: Int, _ now: MonotonicTime, in state: inout State) -> LoadStateMachine.Start? {
        state.open[client] = state.machine.beginClosed(now: now)
        return state.open[client]
    }

    private func agent(_ number: Int) -> LoadAgent { agents[number % agents.count] }

    private func number(_ start: LoadStateMachine.Start) -> Int { configuration.firstNumber + start.number }

    /// How a call ended, and the place of its tool.
    private struct Answer: Sendable {
        var tool: Int
        var outcome: CallOutcome
        var message: String?

        init(_ tool: Int, _ outcome: CallOutcome, _ message: String?) { (self.tool, self.outcome, self.message) = (tool, outcome, message) }
    }

    private func call(_ start: LoadStateMachine.Start, agent: Int) async -> Answer {
        let call = mix.call(number(start), seed: configuration.seed)
        let (outcome, message) = await self.agent(agent).call(call.tool, call.arguments)
        return Answer(call.place, outcome, message)
    }

    /// Counts a call that has ended; once the books are closed, nothing counts.
    private func close(_ start: LoadStateMachine.Start, began: MonotonicTime, _ answer: Answer, at now: MonotonicTime, in state: inout State) {
        if state.isOver { return }
        state.machine.really(start, began: began)
        state.tally.record(.init(
            intended: start.intended, began: began, ended: now, tool: answer.tool, outcome: answer.outcome, message: answer.message))
    }
}
