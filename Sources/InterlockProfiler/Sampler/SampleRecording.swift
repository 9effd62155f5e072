import CSampler
import InterlockConcurrency
import Synchronization

/// A profile that is being taken: a thread of its own arms timers for the others and empties the ring their signals fill.
final class SampleRecording: Sendable {
    private enum Ending {
        case named, thrownAway
    }

    private enum Sizes {
        /// Between two looks of the thread at the ring 999 samples a second from 256 busy processors would fill half of it.
        static let slots: UInt32 = 1_024
        static let stacks = 32_768
        static let threads = 4_096
    }

    private static let look = Duration.milliseconds(10)
    /// Looks at the ring for one at the threads: a thread that ends sooner than that is not sampled.
    private static let looksPerThreadLook = 5

    private let rate: Int
    private let ending = Mutex<Ending?>(nil)
    private let parker = ThreadParker()
    private let outcome = Waiter<SampledProfile.Contents?>()

    /// Begins. The threads that live now are sampled when this returns.
    ///
    /// - Throws: ``SamplingError`` when a profile is being taken already, or this one cannot be.
    static func start(rate: Int) throws(SamplingError) -> SampleRecording {
        guard interlock_sampler_is_supported() else { throw .unsupported }
        guard let ring = SampleRing(slots: Sizes.slots) else { throw SamplingError(.refused, "there is no memory for samples") }
        try ring.attach(.cpu)
        let recording = SampleRecording(rate: rate)
        var timers = ThreadTimerTable(capacity: Sizes.threads)
        recording.arm(&timers)
        let armed = timers
        do throws(ThreadStartError) {
            try OperatingSystem.startThread(named: "interlock-sample") { recording.run(ring, armed) }
        } catch {
            for timer in timers.removeAll() { interlock_timer_stop(timer) }
            ring.detach(.cpu)
            throw SamplingError(.refused, error.description)
        }
        return recording
    }

    private init(rate: Int) { self.rate = rate }

    /// Ends, and returns what was recorded once no timer is left. Call this or ``abandon()``, once.
    func finish() async -> SampledProfile.Contents { await end(.named) ?? SampledProfile.Contents() }

    /// Ends, and returns once no timer is left.
    func abandon() async { _ = await end(.thrownAway) }

    private func end(_ ending: Ending) async -> SampledProfile.Contents? {
        self.ending.withLock { $0 = ending }
        parker.unpark()
        return await outcome.suspend()
    }

    // MARK: - On the thread

    private func run(_ ring: SampleRing, _ armed: ThreadTimerTable) {
        let own = StackCapture.thisThread
        var timers = armed
        var stacks = RawStackTable(capacity: Sizes.stacks)
        var looks = 0
        var ending: Ending?
        while ending == nil {
            parker.park(until: SystemClock.shared.now + Self.look)
            ring.drain { _, weight, stack in stacks.add(stack, weight: weight) }
            looks += 1
            if looks % Self.looksPerThreadLook == 0 { arm(&timers, except: own) }
            ending = self.ending.withLock { $0 }
        }
        let unsampled = timers.refused.count
        for timer in timers.removeAll() { interlock_timer_stop(timer) }
        ring.detach(.cpu)
        ring.drain { _, weight, stack in stacks.add(stack, weight: weight) }
        guard ending == .named else { return outcome.resolve(nil) }
        outcome.resolve(Self.named(stacks, dropped: ring.dropped + stacks.dropped, unsampledThreads: unsampled))
    }

    /// - Parameter except: the thread that takes the profile, which is no part of it.
    private func arm(_ timers: inout ThreadTimerTable, except own: Int32? = nil) {
        var threads = ProcessThreads.current()
        if let own { threads.remove(own) }
        let (start, stop) = timers.look(at: threads)
        for timer in stop { interlock_timer_stop(timer) }
        for thread in start {
            var timer: Int32 = 0
            let code = interlock_timer_start(thread, Int64(1_000_000_000 / rate), &timer)
            timers.started(thread, timer: code == 0 ? timer : nil)
        }
    }

    private static func named(_ stacks: RawStackTable, dropped: Int, unsampledThreads: Int) -> SampledProfile.Contents {
        var symbols = StackSymbols()
        symbols.read(stacks.counts.keys)
        var counts: [[StackFrame]: Int] = [:]
        for (stack, count) in stacks.counts { counts[symbols.frames(of: stack), default: 0] += count }
        let sorted = counts.sorted { ($1.value, $0.key.last?.symbol ?? "") < ($0.value, $1.key.last?.symbol ?? "") }
        return SampledProfile.Contents(
            stacks: sorted.map { SampledProfile.Stack(frames: $0.key, count: $0.value) }, dropped: dropped, unsampledThreads: unsampledThreads)
    }
}

extension SampledProfile {
    /// What a recording knows of its profile.
    struct Contents: Sendable {
        var stacks: [Stack] = []
        var dropped = 0
        var unsampledThreads = 0
    }
}
