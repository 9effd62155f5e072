import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("Calls of a worker pool with a timeout")
struct WorkerPoolTimeoutTests {
    @Test("end for the caller when their time is up, and the code is told", .timeLimit(.minutes(5)))
    func timeout() async throws {
        let clock = ManualClock()
        let workers = WorkerPool(threads: 1, clock: clock)
        let isTold = Shared(false)
        let call = Task {  // awaited below
            try await workers.run(timeout: .seconds(5)) { cancellation in
                while !cancellation.isCancelled {}
                isTold.set(true)
                try cancellation.check()
            }
        }
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(5))
        let late = await #expect(throws: WorkTimeoutError.self) { try await call.value }
        #expect(late?.timeout == .seconds(5))
        try await until { isTold.value && workers.snapshot.busy == 0 }
        #expect(try await workers.run(timeout: .seconds(5)) { _ in 7 } == 7, "the thread is back")
        #expect(clock.pendingCount == 0)
        #expect(workers.snapshot.runs.longest == .seconds(5))
    }

    @Test("end at once when they are cancelled, queued or running", .timeLimit(.minutes(5)))
    func cancellation() async throws {
        let workers = WorkerPool(threads: 1, clock: ManualClock())
        let running = Task { try await workers.run(timeout: nil) { cancellation in while !cancellation.isCancelled {} } }  // awaited below
        try await until { workers.snapshot.busy == 1 }
        let queued = Task { try await workers.run(timeout: nil) { _ in } }  // awaited below
        try await until { workers.snapshot.queued == 1 }
        queued.cancel()
        #expect(try await acquireFailure { try await queued.value } == .cancelled)
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(await workers.drain())
    }

    @Test("a full queue asks producers to hold back until it is empty, and measures waits and runs", .timeLimit(.minutes(5)))
    func needsDrain() async throws {
        let clock = ManualClock()
        let workers = WorkerPool(threads: 1, queue: .init(depth: 2), clock: clock)
        let isOpen = Shared(false)
        let calls = (0..<3).map { _ in Task { try await workers.run { while !isOpen.value {} } } }  // awaited below
        try await until { workers.snapshot.queued + workers.snapshot.busy >= 2 }
        try await until { workers.snapshot.needsDrain || workers.snapshot.refused > 0 }
        try await until { workers.snapshot.busy == 1 }
        clock.advance(by: .seconds(2))
        async let isEmpty = workers.waitForQueue()
        isOpen.set(true)
        #expect(await isEmpty)
        for call in calls { _ = await call.result }
        try await until { workers.snapshot.busy == 0 }
        let snapshot = workers.snapshot
        #expect(!snapshot.needsDrain)
        #expect(snapshot.waits.count == snapshot.completed)
        #expect(snapshot.runs.count == snapshot.completed)
        #expect(snapshot.runs.longest == .seconds(2))
        #expect(await workers.waitForQueue())
    }
}
