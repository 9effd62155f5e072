import InterlockConcurrency
import InterlockSimulation
import Synchronization

/// What a ``ProcessWorkerPool`` does, with one process that is played.
final class ProcessPoolLine: LineUnderProof {
    /// What the callers want done inside, by number: a process is given the number.
    private final class Sections: Sendable {
        private let sections = Mutex<[Int: @Sendable () async -> Void]>([:])

        subscript(_ id: Int) -> (@Sendable () async -> Void)? { sections.withLock { $0[id] } }
        func set(_ section: @escaping @Sendable () async -> Void, for id: Int) { sections.withLock { $0[id] = section } }
    }

    private struct Died: Error {}

    /// Works off the caller's section; the place is free when it has, or, killed meanwhile, when the system has forgotten it.
    private final class Played: PooledProcess {
        private let sections: Sections
        private let witness: LineWitness
        private let state = Mutex((isKilled: false, diedAtWork: false))

        init(_ sections: Sections, _ witness: LineWitness) {
            self.sections = sections
            self.witness = witness
        }

        func call(_ input: [UInt8]) async throws -> [UInt8] {
            await sections[Int(input[0])]?()
            let isKilled = state.withLock { state in
                state.diedAtWork = state.isKilled
                return state.isKilled
            }
            if isKilled { throw Died() }
            witness.leave()
            return input
        }

        func kill() { state.withLock { $0.isKilled = true } }

        var isReady: Bool { true }

        func empty() {}

        func end() async {
            await Task.yield()
            if state.withLock({ $0.diedAtWork }) { witness.leave() }
        }
    }

    private let pool: ProcessWorkerPoolCore<Played>
    private let sections: Sections

    init(_ queue: QueueConfiguration, _ context: ExplorationContext, _ witness: LineWitness) {
        let sections = Sections()
        self.sections = sections
        pool = ProcessWorkerPoolCore(processes: 1, queue: queue, idleLifetime: nil, name: "processes", clock: context.clock) {
            Played(sections, witness)
        }
    }

    static var traits: LineTraits { LineTraits(refusesCancelledAtOnce: true, stopsAtWork: true) }

    func run(_ id: Int, for key: Int, deadline: MonotonicTime?, _ section: @escaping @Sendable () async -> Void) async throws {
        sections.set(section, for: id)
        _ = try await pool.run([UInt8(id)], for: key, deadline: deadline, timeout: .seconds(1_000))
    }

    func setQueueDepth(_ depth: Int) { pool.setQueueDepth(depth) }

    func rest() async -> String? {
        let isDrained = await pool.drain(deadline: nil)
        let now = pool.snapshot
        return isDrained && now.total == 0 && now.started == now.ended ? nil : "processes are left behind: \(now)"
    }
}
