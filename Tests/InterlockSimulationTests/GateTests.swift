import InterlockSimulation
import Testing

@Suite("A gate")
struct GateTests {
    @Test("holds everybody until it opens, and lets later ones straight through", .timeLimit(.minutes(5)))
    func holdsAndOpens() async throws {
        let gate = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { try await gate.wait() } }
            try await gate.waitForWaiters(10)
            #expect(gate.waiterCount == 10)
            #expect(!gate.isOpen)
            gate.open()
            try await group.waitForAll()
        }
        #expect(gate.waiterCount == 0)
        try await gate.wait()
    }

    @Test("lets a cancelled task go with an error, and the others stay", .timeLimit(.minutes(5)))
    func cancel() async throws {
        let gate = Gate()
        let leaving = Task { try await gate.wait() }  // awaited below
        let staying = Task { try await gate.wait() }  // awaited below
        try await gate.waitForWaiters(2)
        leaving.cancel()
        await #expect(throws: CancellationError.self) { try await leaving.value }
        #expect(gate.waiterCount == 1)
        gate.open()
        try await staying.value
    }

    @Test("does not keep a task that was cancelled before it came", .timeLimit(.minutes(5)))
    func cancelledBefore() async {
        let gate = Gate()
        let task = Task {  // awaited below
            withUnsafeCurrentTask { $0?.cancel() }
            try await gate.wait()
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(gate.waiterCount == 0)
    }

    @Test("lets a cancelled watcher of its waiters go", .timeLimit(.minutes(5)))
    func cancelWatch() async {
        let gate = Gate()
        let watcher = Task { try await gate.waitForWaiters(1) }  // awaited below
        watcher.cancel()
        await #expect(throws: CancellationError.self) { try await watcher.value }
    }
}
