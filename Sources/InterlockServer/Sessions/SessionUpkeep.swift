import Synchronization

/// The rounds in which sessions that are in use, but that nobody asks for, are compared with their records and noted as used: one round at a time, and in
/// it a bounded number of sessions, so that a thousand which are due at once, as after a gap of the bus, do not all stand before the store.
final class SessionUpkeep: Sendable {
    /// Sessions of a round that the store is asked for at a time.
    static let width = 16

    /// What the log has been told of comparisons that failed, and of uses that could not be noted.
    let (comparing, noting) = (FirstFailure(), FirstFailure())
    private let state = Mutex(State())

    private struct State {
        var isUnderWay = false
        /// Those that the newest sweep has found while a round was under way.
        var next: [Session] = []
    }

    /// Whether a round is going on. For tests.
    var isUnderWay: Bool { state.withLock { $0.isUnderWay } }

    /// Does `step` with each session, ``width`` at a time. Returns at once. While the round before goes on nothing is begun: these sessions have their round
    /// after it, unless others are given until then, whose round it is.
    func begin(_ sessions: [Session], _ step: @escaping @Sendable (Session) async -> Void) {
        let begins = state.withLock { state in
            guard !state.isUnderWay else {
                state.next = sessions
                return false
            }
            state.isUnderWay = !sessions.isEmpty
            return state.isUnderWay
        }
        guard begins else { return }
        // Awaited by nobody: what it finds is done with the sessions.
        Task { [self] in
            var round = sessions
            while !round.isEmpty {
                await run(round, step)
                round = state.withLock { state in
                    defer { state.next = [] }
                    state.isUnderWay = !state.next.isEmpty
                    return state.next
                }
            }
        }
    }

    private func run(_ sessions: [Session], _ step: @escaping @Sendable (Session) async -> Void) async {
        let place = NextPlace()
        await withDiscardingTaskGroup { group in
            for _ in 0..<min(Self.width, sessions.count) {
                group.addTask { while let index = place.next(below: sessions.count) { await step(sessions[index]) } }
            }
        }
    }
}

/// Hands out the places of a list, each once.
private final class NextPlace: Sendable {
    private let taken = Atomic<Int>(0)

    func next(below count: Int) -> Int? {
        let place = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        return place < count ? place : nil
    }
}

/// Tells the first failure from those that follow it: the log hears of an outage once, however many it meets.
final class FirstFailure: Sendable {
    private let isFailing = Atomic<Bool>(false)

    /// True for the first since the last success.
    func failed() -> Bool { !isFailing.exchange(true, ordering: .relaxed) }

    func succeeded() { if isFailing.load(ordering: .relaxed) { isFailing.store(false, ordering: .relaxed) } }
}
