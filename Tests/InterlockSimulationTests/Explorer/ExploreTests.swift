import Dispatch
import Foundation
import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

private struct Broken: Error, CustomStringConvertible {
    var description: String { "broken" }
}

/// Each request is safe, two in a row are not.
private actor Register {
    private(set) var value = 0
    func set(_ value: Int) { self.value = value }
}

/// Two tasks that add one to a register: an update can get lost.
private let lostUpdate: ExplorationBody = { _ in
    let register = Register()
    await withTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
            group.addTask { await register.set(await register.value + 1) }
        }
    }
    if await register.value != 2 { throw Broken() }
}

private let everyStrategy: [ExplorationStrategy] = [
    .varied, .random, .pct(depth: 2), .delayBounded(delays: 2), .exhaustive, .exhaustive(preemptions: 2),
]

@Suite("An exploration")
struct ExploreTests {
    @Test("finds a lost update and reports it", .timeLimit(.minutes(10)), arguments: everyStrategy)
    func lostUpdateFound(_ strategy: ExplorationStrategy) async throws {
        let failure = try await #require(throws: ExplorationFailure.self) { try await explore(strategy, lostUpdate) }
        #expect(failure.finding.code == .expectation)
        #expect(failure.finding.message == "broken")
        let report = "\(failure)"
        #expect(report.contains(failure.replay))
        #expect(report.contains("task 1"))
        #expect(failure.steps <= failure.originalSteps)
    }

    @Test("takes a body without a context as well", .timeLimit(.minutes(10)))
    func withoutContext() async throws {
        let result = try await explore(schedules: 20) { await Task.yield() }
        #expect(result.schedules == 20)
        await #expect(throws: ExplorationFailure.self) { try await explore { throw Broken() } }
    }

    @Test("names the source line at which each task goes on", .timeLimit(.minutes(10)), .enabled(if: Exploration.controlsEveryTask))
    func sourceLines() async throws {
        let failure = try await #require(throws: ExplorationFailure.self) { try await explore(.varied, lostUpdate) }
        #expect(failure.trace.contains { $0.location?.contains("ExploreTests.swift:") == true })
    }

    @Test("of one seed reports the same failure every time", .timeLimit(.minutes(10)), arguments: everyStrategy)
    func sameSeed(_ strategy: ExplorationStrategy) async throws {
        let first = try #require(try await Exploration(strategy, seed: 9).run(lostUpdate).failure)
        let second = try #require(try await Exploration(strategy, seed: 9).run(lostUpdate).failure)
        #expect(first.replay == second.replay)
        #expect(first.schedule == second.schedule)
        #expect(first.trace == second.trace)
    }

    @Test("replays a string 100 times of 100 with the same trace", .timeLimit(.minutes(10)))
    func replay() async throws {
        let found = try #require(try await Exploration().run(lostUpdate).failure)
        for _ in 0..<100 {
            let again = try #require(try await Exploration(replay: found.replay).run(lostUpdate).failure)
            #expect(again.trace == found.trace)
            #expect(again.replay == found.replay)
        }
    }

    @Test("says how much it saw, and when that was everything", .timeLimit(.minutes(10)))
    func complete() async throws {
        let body: ExplorationBody = { _ in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { group.addTask { await Task.yield() } }
            }
        }
        let everything = try await explore(.exhaustive, body)
        #expect(everything.isComplete)
        #expect(everything.schedules > 1 && everything.schedules < 100)
        let part = try await explore(.exhaustive, schedules: everything.schedules - 1, body)
        #expect(!part.isComplete)
        let random = try await explore(.random, schedules: 200, body)
        #expect(!random.isComplete && random.schedules == 200)
    }

    @Test("checks an invariant on a state made for each schedule", .timeLimit(.minutes(10)))
    func invariant() async throws {
        let failure = try await #require(throws: ExplorationFailure.self) {
            try await explore(on: { _ in Register() }) { register, _ in
                async let first: Void = register.set(await register.value + 1)
                async let second: Void = register.set(await register.value + 1)
                _ = await (first, second)
            } invariant: { await $0.value == 2 }
        }
        #expect(failure.finding.code == .expectation)
    }

    @Test("passes the task's own values on to the body", .timeLimit(.minutes(10)))
    func taskLocals() async throws {
        try await Locals.$name.withValue("test") {
            _ = try await explore(schedules: 5) { _ in
                if Locals.name != "test" { throw Broken() }
            }
        }
    }

    @Test("waits its turn when another one runs, and leaves the rest of the process alone", .timeLimit(.minutes(10)))
    func parallel() async throws {
        let expected = try #require(try await Exploration(.random, seed: 4).run(lostUpdate).failure).replay
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<5 {
                        let failure = try #require(try await Exploration(.random, seed: 4).run(lostUpdate).failure)
                        #expect(failure.replay == expected)
                    }
                }
                group.addTask {
                    let register = Register()
                    for number in 0..<2_000 {
                        await register.set(number)
                        await Task.yield()
                    }
                    #expect(await register.value == 1_999)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("names the places of a trace also where a mapped file cannot be read", .timeLimit(.minutes(10)), .enabled(if: Exploration.controlsEveryTask))
    func unreadableMapping() async throws {
        // What a file looks like that is unmapped between the list of mappings and a look at it: its first page has no file behind it any more.
        let file = try #require(tmpfile())
        defer { fclose(file) }
        try #require(ftruncate(fileno(file), 4096) == 0)
        let mapping = try #require(mmap(nil, 4096, PROT_READ, MAP_PRIVATE, fileno(file), 0))
        try #require(mapping != MAP_FAILED && ftruncate(fileno(file), 0) == 0)
        defer { munmap(mapping, 4096) }
        let failure = try #require(try await Exploration(.random, schedules: 200).run(lostUpdate).failure)
        #expect(failure.trace.contains { $0.location?.contains("ExploreTests.swift:") == true })
    }

    @Test("ends when its task is cancelled", .timeLimit(.minutes(10)))
    func cancelled() async throws {
        let task = Task {  // awaited below
            withUnsafeCurrentTask { $0?.cancel() }
            return try await explore(schedules: 10) { _ in }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("ends when its real time is over, and does not call that complete", .timeLimit(.minutes(10)))
    func realTime() async throws {
        var exploration = Exploration(.exhaustive, schedules: .max)
        exploration.realTime = .milliseconds(1)
        let result = try await explore(exploration) { _ in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { for _ in 0..<10 { await Task.yield() } } }
            }
        }
        #expect(!result.isComplete)
        #expect(result.schedules >= 1)
    }

    @Test("refuses a replay string that makes no sense, and to run inside another", .timeLimit(.minutes(10)))
    func misuse() async throws {
        await #expect(throws: ExplorationError.self) { try await explore(replay: "nonsense") { _ in } }
        let nested = try #require(try await Exploration(schedules: 1).run { _ in try await explore { _ in } }.failure)
        #expect(nested.finding.message == "\(ExplorationError.nestedForTests)")
    }

    @Test("says that a replay string does not fit a body that has changed", .timeLimit(.minutes(10)))
    func staleReplay() async throws {
        let failure = try #require(try await Exploration(replay: "x1.0..z").run(lostUpdate).failure)
        #expect(failure.finding.code == .uncontrolled)
    }

    @Test("reports the shortest of all failures when asked", .timeLimit(.minutes(10)))
    func shortest() async throws {
        var exploration = Exploration(.exhaustive, schedules: 100_000)
        exploration.findsShortest = true
        let result = try await exploration.run(lostUpdate)
        #expect(result.isComplete)
        let shortest = try #require(result.failure).steps
        for seed in 0..<50 {
            let found = try #require(try await Exploration(.random, seed: UInt64(seed)).run(lostUpdate).failure)
            #expect(found.steps >= shortest && 2 * found.steps <= 3 * shortest)
        }
    }
}

private enum Locals {
    @TaskLocal static var name = "none"
}

extension ExplorationError {
    fileprivate static var nestedForTests: String { "an exploration was started inside the body of another; call explore from the test itself" }
}

@Suite("What an exploration finds besides broken expectations")
struct FindingTests {
    @Test("is a deadlock of two locks taken in opposite order", .timeLimit(.minutes(10)), arguments: everyStrategy)
    func deadlock(_ strategy: ExplorationStrategy) async throws {
        let failure = try #require(
            try await Exploration(strategy).run { context in
                let (left, right) = (AsyncMutex(clock: context.clock), AsyncMutex(clock: context.clock))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (first, second) in [(left, right), (right, left)] {
                        group.addTask {
                            try await first.withLock {
                                await Task.yield()
                                try await second.withLock {}
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }.failure)
        #expect(failure.finding.code == .deadlock)
    }

    @Test("is a wake-up that comes before anybody waits", .timeLimit(.minutes(10)))
    func lostWakeUp() async throws {
        final class Bell: Sendable {
            private let waiter = Mutex<CheckedContinuation<Void, Never>?>(nil)
            private let hasRung = Mutex(false)

            func wait() async {
                if hasRung.withLock({ $0 }) { return }
                await Task.yield()
                await withCheckedContinuation { continuation in waiter.withLock { $0 = continuation } }
            }

            func ring() {
                hasRung.withLock { $0 = true }
                waiter.withLock { $0.take() }?.resume()
            }
        }
        let failure = try #require(
            try await Exploration(.random).run { _ in
                let bell = Bell()
                async let waiting: Void = bell.wait()
                async let ringing: Void = { await Task.yield(); bell.ring() }()
                _ = await (waiting, ringing)
            }.failure)
        #expect(failure.finding.code == .deadlock)
    }

    @Test("is a body that goes in circles", .timeLimit(.minutes(10)))
    func liveLock() async throws {
        var exploration = Exploration()
        exploration.maximumSteps = 500
        let failure = try #require(try await exploration.run { _ in while !Task.isCancelled { await Task.yield() } }.failure)
        #expect(failure.finding.code == .liveLock)
    }

    @Test("is not a task that waits by yielding for another", .timeLimit(.minutes(10)), arguments: everyStrategy.dropLast(2))
    func spinning(_ strategy: ExplorationStrategy) async throws {
        try await explore(strategy, schedules: 200) { _ in
            let isReady = Shared(false)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { while !isReady.get() { await Task.yield() } }
                group.addTask {
                    await Task.yield()
                    isReady.update { $0 = true }
                }
            }
        }
    }

    @Test("is a thread outside that resumes a task: uncontrolled nondeterminism", .timeLimit(.minutes(10)), arguments: everyStrategy)
    func outsideThread(_ strategy: ExplorationStrategy) async throws {
        var exploration = Exploration(strategy)
        exploration.outsidePatience = .seconds(20) // on a busy machine the thread may be late; a deadlock would be reported then
        let failure = try #require(
            try await exploration.run { _ in
                // The thread may be so early that nobody has to be resumed, and nothing comes from outside; not where the first task has suspended
                // before the second begins, as it has in one of their orders.
                let waiting = Shared<CheckedContinuation<Void, Never>?>(nil)
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await withCheckedContinuation { continuation in waiting.update { $0 = continuation } } }
                    group.addTask {
                        DispatchQueue.global().async {
                            while true {
                                if let continuation = waiting.get() { return continuation.resume() }
                                sched_yield()
                            }
                        }
                    }
                }
            }.failure)
        #expect(failure.finding.code == .uncontrolled)
    }

    @Test("is a body that does something else each time: uncontrolled nondeterminism", .timeLimit(.minutes(10)), arguments: everyStrategy)
    func differentRuns(_ strategy: ExplorationStrategy) async throws {
        let runs = Shared(0)
        let failure = try #require(
            try await Exploration(strategy).run { _ in
                let number = runs.update { count in
                    count += 1
                    return count
                }
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<(2 + number % 3) { group.addTask { await Task.yield() } }
                }
            }.failure)
        #expect(failure.finding.code == .uncontrolled)
    }

    @Test("is a failure that does not come back: uncontrolled nondeterminism, not a broken expectation", .timeLimit(.minutes(10)))
    func onceOnly() async throws {
        let runs = Shared(0)
        let failure = try #require(
            try await Exploration(.random).run { _ in
                let number = runs.update { count in
                    count += 1
                    return count
                }
                if number == 20 { throw Broken() }
            }.failure)
        #expect(failure.finding.code == .uncontrolled)
    }
}
