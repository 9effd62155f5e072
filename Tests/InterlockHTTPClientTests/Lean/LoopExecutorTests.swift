import InterlockConcurrency
import NIOCore
import Synchronization
import Testing

@testable import InterlockHTTPClient

@Suite("A loop as executor and clock", .timeLimit(.minutes(5)))
struct LoopExecutorTests {
    private let executor = LoopExecutor.threads(1)[0]

    @Test("tasks, what they await and timers run on its thread")
    func oneThread() async throws {
        let executor = executor
        await withTaskExecutorPreference(executor) {
            #expect(executor.loop.inEventLoop)
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 { group.addTask { executor.loop.inEventLoop } }
                for await isThere in group { #expect(isThere) }
            }
            let waiter = Waiter<Bool>()
            executor.schedule(after: .milliseconds(1)) { waiter.resolve(executor.loop.inEventLoop) }
            #expect(await waiter.suspend())
            #expect(executor.loop.inEventLoop)
        }
    }

    @Test("timers run in the order of their times, those of one time in the order they came, and cancelled ones not at all")
    func order() async throws {
        let executor = executor
        let ran = Mutex<[Int]>([])
        await withTaskExecutorPreference(executor) {
            let now = executor.now
            let last = Waiter<Void>()
            for (number, offset) in [(5, 4), (1, 1), (9, 2), (3, 3), (2, 2), (4, 3)] as [(Int, Int)] {
                let action = executor.schedule(at: now - .milliseconds(10) + .milliseconds(offset)) { ran.withLock { $0.append(number) } }
                if number == 9 { #expect(action.cancel()) }
            }
            executor.schedule(at: now) { last.resolve(()) }
            await last.suspend()
        }
        #expect(ran.withLock { $0 } == [1, 2, 3, 4, 5])
    }

    @Test("a timer that is earlier than the one it waits for is not late, from whichever thread it comes")
    func earlier() async throws {
        let late = executor.schedule(after: .seconds(3_000)) {}
        try await executor.sleep(for: .milliseconds(1))
        await withTaskExecutorPreference(executor) {
            do { try await executor.sleep(for: .milliseconds(1)) } catch { Issue.record(error) }
        }
        #expect(late.cancel())
    }
}
