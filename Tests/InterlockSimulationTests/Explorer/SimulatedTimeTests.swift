import InterlockConcurrency
import InterlockSimulation
import Testing

private struct Broken: Error, CustomStringConvertible {
    let description: String
}

@Suite("Simulated time and everything that is under control")
struct SimulatedTimeTests {
    // A thousand minutes of sleep, two hundred times: the time limit is the proof that none of it is real.
    @Test("sleeps take no time, and wake up in order on both clocks", .timeLimit(.minutes(10)), .enabled(if: Exploration.controlsEveryTask))
    func sleeps() async throws {
        try await explore(.random, schedules: 200) { context in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for minutes in 1...5 {
                    group.addTask {
                        try await context.clock.sleep(for: .seconds(60 * minutes))
                        return minutes
                    }
                    group.addTask {
                        // Spelt out: the sleep of the language itself is what is under test.
                        try await Task<Never, Never>.sleep(for: .seconds(60 * minutes))
                        return minutes
                    }
                }
                var last = 0
                for try await minutes in group {
                    if minutes < last { throw Broken(description: "\(minutes) came after \(last)") }
                    last = minutes
                }
            }
            guard context.clock.now - .zero == .seconds(300) else { throw Broken(description: "it is \(context.clock.now)") }
        }
    }

    @Test("a cancelled sleep ends at once, and its timer does not move time", .timeLimit(.minutes(10)))
    func cancelledSleep() async throws {
        try await explore(.random, schedules: 100) { context in
            let sleeper = Task(executorPreference: context.executor) { try await context.clock.sleep(for: .seconds(60)) }  // awaited below
            await Task.yield()
            sleeper.cancel()
            if case .success = await sleeper.result { throw Broken(description: "slept on") }
            guard context.clock.now == .zero else { throw Broken(description: "time moved") }
        }
    }

    @Test("a deadline can pass while others are ready only when timers may interrupt", .timeLimit(.minutes(10)), arguments: [
        ExplorationStrategy.random, .pct(depth: 2), .delayBounded(delays: 2), .exhaustive,
    ])
    func interrupting(_ strategy: ExplorationStrategy) async throws {
        let body: ExplorationBody = { context in
            let mutex = AsyncMutex(clock: context.clock)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    group.addTask { try await mutex.withLock(deadline: context.clock.now + .seconds(1)) { await Task.yield() } }
                }
                try await group.waitForAll()
            }
        }
        try await explore(Exploration(strategy, schedules: 1_000), body)
        var exploration = Exploration(strategy, schedules: 1_000)
        exploration.timersInterrupt = true
        let failure = try #require(try await exploration.run(body).failure)
        #expect(failure.finding.message.contains("deadline"))
        exploration.replay = failure.replay
        #expect(try await exploration.run(body).failure?.trace == failure.trace)
    }

    @Test(
        "holds tasks of every kind: children, async let, Task, detached, the main actor, streams", .timeLimit(.minutes(10)),
        .enabled(if: Exploration.controlsEveryTask))
    func everyKind() async throws {
        var traces: Set<String> = []
        for _ in 0..<20 {
            var exploration = Exploration(.random, schedules: 30, seed: 3)
            exploration.shrinkRuns = 0
            let failure = try #require(
                try await exploration.run { context in
                    let seen = Shared<[String]>([])
                    let see: @Sendable (String) -> Void = { name in seen.update { $0.append(name) } }
                    let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
                    async let child: Void = see("async let")
                    let plain = Task { await Task.yield(); see("task") }  // awaited below
                    let detached = Task.detached { await Task.yield(); see("detached"); continuation.finish() }  // awaited below
                    await MainActor.run {
                        MainActor.assertIsolated()
                        see("main")
                    }
                    await concurrently { see("concurrent") }
                    for await _ in stream {}
                    await plain.value
                    await detached.value
                    await child
                    if context.schedule == 29 { throw Broken(description: seen.get().joined(separator: ",")) }
                }.failure)
            #expect(failure.finding.code == .expectation)
            traces.insert("\(failure)")
        }
        #expect(traces.count == 1)
    }

    @Test(
        "finds a check-then-act between two actors also in tasks without the preference", .timeLimit(.minutes(10)),
        .enabled(if: Exploration.controlsEveryTask), arguments: [ExplorationStrategy.varied, .random, .pct(depth: 2), .exhaustive])
    func plainTasks(_ strategy: ExplorationStrategy) async throws {
        actor Till {
            private(set) var charged = 0
            func charge() { charged += 1 }
        }
        actor Desk {
            let till = Till()
            private(set) var taken = 0
            func book() async {
                guard taken < 1 else { return }
                await till.charge()
                taken += 1
            }
        }
        for isDetached in [false, true] {
            let failure = try #require(
                try await Exploration(strategy).run { _ in
                    let desk = Desk()
                    let callers = (0..<2).map { _ in
                        isDetached ? Task.detached { await desk.book() } : Task { await desk.book() }  // awaited below
                    }
                    for caller in callers { await caller.value }
                    if await desk.taken > 1 { throw Broken(description: "sold twice") }
                }.failure)
            #expect(failure.finding.message == "sold twice")
        }
    }

    @Test(
        "what a body leaves running is run on, and dropped when it does not end", .timeLimit(.minutes(10)),
        .enabled(if: Exploration.controlsEveryTask))
    func leftRunning() async throws {
        let ended = Shared(0)
        let result = try await explore(.random, schedules: 10) { context in
            Task {  // left running on purpose
                try await context.clock.sleep(for: .seconds(1))
                ended.update { $0 += 1 }
            }
        }
        #expect(ended.get() >= 10)
        #expect(result.abandoned == 0)
        var exploration = Exploration(.random, schedules: 3)
        exploration.maximumSteps = 100
        let endless = try await exploration.run { _ in
            Task { while true { await Task.yield() } }  // left running on purpose
        }
        #expect(endless.abandoned > 0)
        #expect(endless.failure == nil)
    }

    @Test("prunes with sleep sets when the body declares what its steps share", .timeLimit(.minutes(10)))
    func declared() async throws {
        func body(shared: Bool) -> ExplorationBody {
            { context in
                await withTaskGroup(of: Void.self) { group in
                    for task in 0..<3 {
                        group.addTask {
                            context.touch(shared ? 0 : task)
                            await Task.yield()
                            context.touch(shared ? 0 : task)
                        }
                    }
                }
            }
        }
        var exploration = Exploration(.exhaustive, schedules: 100_000)
        let plain = try await explore(exploration, body(shared: false))
        exploration.declaresFootprints = true
        let apart = try await explore(exploration, body(shared: false))
        let together = try await explore(exploration, body(shared: true))
        #expect(plain.isComplete && apart.isComplete && together.isComplete)
        #expect(apart.schedules * 3 < plain.schedules)
        #expect(together.schedules > apart.schedules)
    }

    @Test("this toolchain is one whose executors the explorer knows how to stand in for")
    func toolchain() {
        #expect(
            Exploration.controlsEveryTask,
            """
            Tasks that leave the executor preference behind are not under control on this toolchain. Check the interfaces named \
            in SimulationExecutor.swift and ResumePoint.swift against it, and widen their conditions.
            """)
    }
}

@concurrent private func concurrently(_ body: @Sendable () -> Void) async { body() }
