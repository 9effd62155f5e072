import InterlockConcurrency
import Testing

@Suite("A waiter")
struct WaiterTests {
    @Test("gets an outcome that was there before it waited", .timeLimit(.minutes(5)))
    func before() async {
        let waiter = Waiter<Int>()
        waiter.resolve(7)
        #expect(await waiter.suspend() == 7)
    }

    @Test("gets an outcome that comes while it waits", .timeLimit(.minutes(5)))
    func after() async {
        for number in 0..<200 {
            let waiter = Waiter<Int>()
            async let outcome = waiter.wait {}
            waiter.resolve(number)
            #expect(await outcome == number)
        }
    }

    @Test("asks to be given up when its task is cancelled, also when that was before", .timeLimit(.minutes(5)))
    func cancelled() async {
        let task = Task {  // awaited below
            withUnsafeCurrentTask { $0?.cancel() }
            let waiter = Waiter<Bool>()
            return await waiter.wait { waiter.resolve(false) }
        }
        #expect(await task.value == false)
    }
}
