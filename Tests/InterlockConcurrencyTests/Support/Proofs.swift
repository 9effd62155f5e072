import InterlockConcurrency

/// The bodies that prove a guard. Each runs with the guard, where it must hold every time, and with that one guard
/// taken out, where it must fail within 100 rounds; so a proof that could not fail is noticed.
enum Proofs {
    /// Tasks that each read a number, wait, and write it back one higher. Returns how many additions were lost.
    ///
    /// - Parameter exclusively: Runs the section it is given alone; or, with the guard taken out, just runs it.
    static func lostUpdates(
        tasks: Int = 8, additions: Int = 5, exclusively: @escaping @Sendable (@Sendable () async -> Void) async throws -> Void
    ) async throws -> Int {
        let number = Shared(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    for _ in 0..<additions {
                        try await exclusively {
                            let read = number.value
                            await Task.yield()
                            number.set(read + 1)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        return tasks * additions - number.value
    }

    /// Tasks that all enter a section together. Returns the most that were inside at a time.
    static func peakInside(
        tasks: Int = 12, entries: Int = 4, section: @escaping @Sendable (@Sendable () async -> Void) async throws -> Void
    ) async throws -> Int {
        let inside = Shared((now: 0, peak: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    for _ in 0..<entries {
                        try await section {
                            inside.update { inside in
                                inside.now += 1
                                inside.peak = max(inside.peak, inside.now)
                            }
                            await Task.yield()
                            inside.update { $0.now -= 1 }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        return inside.value.peak
    }

    /// Whether `round` fails at least once in 100 rounds.
    static func failsWithin100Rounds(_ round: () async throws -> Bool) async rethrows -> Bool {
        for _ in 0..<100 where try await !round() { return true }
        return false
    }

    /// Whether `round` fails for at least one seed of 100.
    static func failsWithin100Seeds(_ round: (UInt64) -> Bool) -> Bool {
        !(0..<100 as Range<UInt64>).allSatisfy(round)
    }
}
