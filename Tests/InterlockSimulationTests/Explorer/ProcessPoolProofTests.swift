import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

/// What the processes of one pool have been seen to do.
private final class ProcessLedger: Sendable {
    private let state = Mutex((living: 0, most: 0, fault: ""))

    var living: Int { state.withLock { $0.living } }
    var most: Int { state.withLock { $0.most } }
    var fault: String { state.withLock { $0.fault } }

    func begin() {
        state.withLock { state in
            state.living += 1
            state.most = max(state.most, state.living)
        }
    }

    func end() { state.withLock { $0.living -= 1 } }

    func blame(_ fault: String) { state.withLock { $0.fault = fault } }
}

/// Stands for a worker process: answers with what it is given, unless it is killed meanwhile.
private final class StandIn: PooledProcess {
    private struct State {
        var isWorking = false
        var isKilled = false
        var hasEnded = false
        /// It was dead when its last call ended, so nobody may have it again.
        var isSpent = false
    }

    private let state = Mutex(State())
    private let ledger: ProcessLedger
    /// The fault: it does not say that it has died.
    private let concealsDeath: Bool

    init(_ ledger: ProcessLedger, concealsDeath: Bool = false) {
        self.ledger = ledger
        self.concealsDeath = concealsDeath
        ledger.begin()
    }

    /// It dies by itself, if it has nothing to do.
    func dieIfIdle() {
        state.withLock { state in
            if !state.isWorking, !state.hasEnded { state.isKilled = true }
        }
    }

    var isReady: Bool { concealsDeath || state.withLock { !$0.isKilled } }

    private struct Died: Error {}

    func call(_ input: [UInt8]) async throws -> [UInt8] {
        state.withLock { state in
            if state.isWorking { ledger.blame("a process has two calls") }
            if state.hasEnded { ledger.blame("a process that has ended has a call") }
            if state.isSpent { ledger.blame("a process that was killed has another call") }
            state.isWorking = true
        }
        defer {
            state.withLock { state in
                state.isWorking = false
                state.isSpent = state.isKilled
            }
        }
        for _ in 0..<2 {
            if state.withLock({ $0.isKilled }) { throw Died() }
            await Task.yield()
        }
        return input
    }

    func kill() { state.withLock { $0.isKilled = true } }

    func empty() {
        if state.withLock({ $0.isWorking || $0.hasEnded }) { ledger.blame("a process is emptied under a call") }
    }

    func end() async {
        let isTwice = state.withLock { state in
            if state.isWorking { ledger.blame("a process is ended under a call") }
            defer { (state.isKilled, state.hasEnded) = (true, true) }
            return state.hasEnded
        }
        if isTwice { return ledger.blame("a process is ended twice") }
        // The system takes its time to forget it.
        await Task.yield()
        ledger.end()
    }
}

extension ToolkitProofTests {
    @Test("a pool of processes gives each to one call at a time, a killed one to nobody, and leaves none behind; one killed behind its back is found", .timeLimit(.minutes(5)))
    func processWorkerPool() async throws {
        try await prove("ProcessWorkerPool", timersInterrupt: true) { context, isFaulty in
            let ledger = ProcessLedger()
            let newest = Shared<StandIn?>(nil)
            let pool = ProcessWorkerPoolCore(processes: 1, queue: .init(depth: 2), idleLifetime: nil, name: "processes", clock: context.clock) {
                // Killed without its saying so: the pool does not know, and nobody can.
                let process = StandIn(ledger, concealsDeath: isFaulty)
                newest.update { $0 = process }
                return process
            }
            // Large enough that its memory is given back.
            let large = [UInt8](repeating: 7, count: 1 << 20 + 1)
            let callers = [[1], large, [3]].map { input in
                Task(executorPreference: context.executor) {  // awaited below
                    try await pool.run(input, deadline: nil, timeout: .seconds(1)) == input
                }
            }
            let other = Task(executorPreference: context.executor) {  // awaited below
                if isFaulty { newest.get()?.kill() } else { callers[0].cancel() }
            }
            await other.value
            for (number, caller) in callers.enumerated() {
                switch await caller.result {
                case .success(let isRight): if !isRight { throw Violation(description: "call \(number) was answered something else") }
                case .failure(is WorkTimeoutError): break
                case .failure(let error): if !isFaulty, number != 0 { throw Violation(description: "call \(number) failed with \(error)") }
                }
            }
            let isDrained = await pool.drain(deadline: nil)
            let snapshot = pool.snapshot
            if !ledger.fault.isEmpty { throw Violation(description: ledger.fault) }
            if ledger.most > 1 { throw Violation(description: "\(ledger.most) processes lived at once") }
            if !isDrained || ledger.living > 0 || snapshot.total > 0 { throw Violation(description: "\(ledger.living) processes are left behind") }
            let ended = snapshot.succeeded + snapshot.failed + snapshot.died + snapshot.timedOut + snapshot.aborted
            if snapshot.granted != ended || snapshot.granted + snapshot.cancelled != 3 { throw Violation(description: "the calls are counted as \(snapshot)") }
        }
    }
    @Test("a process that dies while it lies ready costs no call, and one more is started; a death that is not seen is found", .timeLimit(.minutes(5)))
    func processThatDiesIdle() async throws {
        try await prove("ProcessWorkerPool, a death while idle") { context, isFaulty in
            let ledger = ProcessLedger()
            let newest = Shared<StandIn?>(nil)
            let pool = ProcessWorkerPoolCore(processes: 1, queue: .init(depth: 2), idleLifetime: nil, name: "processes", clock: context.clock) {
                let process = StandIn(ledger, concealsDeath: isFaulty)
                newest.update { $0 = process }
                return process
            }
            let callers = [[1], [2], [3]].map { input in
                Task(executorPreference: context.executor) {  // awaited below
                    try await pool.run(input, deadline: nil, timeout: .seconds(1)) == input
                }
            }
            let reaper = Task(executorPreference: context.executor) { newest.get()?.dieIfIdle() }  // awaited below
            let keeper = Task(executorPreference: context.executor) { await pool.maintain() }  // awaited below
            for (number, caller) in callers.enumerated() {
                do {
                    if try await !caller.value { throw Violation(description: "call \(number) was answered something else") }
                } catch let error where !(error is Violation) {
                    throw Violation(description: "call \(number) failed with \(error)")
                }
            }
            await reaper.value
            await keeper.value
            let isDrained = await pool.drain(deadline: nil)
            let snapshot = pool.snapshot
            if !ledger.fault.isEmpty { throw Violation(description: ledger.fault) }
            if ledger.most > 1 { throw Violation(description: "\(ledger.most) processes lived at once") }
            if !isDrained || ledger.living > 0 || snapshot.total > 0 { throw Violation(description: "\(ledger.living) processes are left behind") }
            if snapshot.started != snapshot.ended || snapshot.succeeded != 3 { throw Violation(description: "counted as \(snapshot)") }
        }
    }
}
