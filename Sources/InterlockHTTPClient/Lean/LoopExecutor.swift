package import InterlockConcurrency
internal import NIOCore
internal import NIOPosix
import Synchronization

/// One thread of the HTTP client as an executor and a clock: tasks, timers and the connections of a ``LeanHTTPClientTransport`` share it.
///
/// A call whose caller, timer and connection live on one thread wakes no other thread on its way, and those hand-offs are most of what a call costs a
/// client. What runs here delays everything else that does, so it must be short and must not block. The thread is the process's: it is never stopped.
package final class LoopExecutor: TaskExecutor, SchedulingClock {
    private struct State {
        var timers = TimerHeap()
        /// When the loop will look at the timers.
        var armed: MonotonicTime?
        var alarm: NIOScheduledCallback?
    }

    private struct Alarm: NIOScheduledCallbackHandler, Sendable {
        let executor: LoopExecutor

        func handleScheduledCallback(eventLoop: some EventLoop) { executor.runDue() }
    }

    let loop: any EventLoop
    private let state = Mutex(State())

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    /// As many executors as asked for, each on a thread of its own: at least one, and at most the threads that the HTTP client has.
    package static func threads(_ count: Int) -> [LoopExecutor] {
        MultiThreadedEventLoopGroup.singleton.makeIterator().prefix(max(1, count)).map { LoopExecutor($0) }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    package var now: MonotonicTime { SystemClock.shared.now }

    package var wallTime: Int64 { SystemClock.shared.wallTime }

    @discardableResult
    package func schedule(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> ScheduledAction {
        let (scheduled, isFirst) = state.withLock { state in
            (state.timers.insert(at: time, action), time < state.armed ?? .distantFuture)
        }
        if isFirst {
            if loop.inEventLoop { arm() } else { loop.execute { self.arm() } }
        }
        return scheduled
    }

    /// Sees to it that the loop looks at the timers when the first is due. On the loop.
    private func arm() {
        let change = state.withLock { state -> (time: MonotonicTime, old: NIOScheduledCallback?)? in
            state.timers.dropCancelledFirst()
            guard let first = state.timers.firstTime, first < state.armed ?? .distantFuture else { return nil }
            defer {
                state.armed = first
                state.alarm = nil
            }
            return (first, state.alarm)
        }
        guard let (time, old) = change else { return }
        old?.cancel()
        do {
            let alarm = try loop.scheduleCallback(in: .nanoseconds(max(0, (time - now).wholeNanoseconds)), handler: Alarm(executor: self))
            state.withLock { $0.alarm = alarm }
        } catch {
            preconditionFailure("a loop that is never shut down takes every timer: \(error)")
        }
    }

    private func runDue() {
        state.withLock { state in
            state.armed = nil
            state.alarm = nil
        }
        let now = now
        while let action = state.withLock({ $0.timers.popDue(at: now) }) { action.run() }
        // After the tasks that the actions have woken: what those schedule is mostly what comes next, and then needs no second alarm.
        loop.execute { self.arm() }
    }
}
