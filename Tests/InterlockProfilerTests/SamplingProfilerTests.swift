import CSampler
import InterlockConcurrency
@testable import InterlockProfiler
import InterlockSimulation
import Synchronization
import Testing
#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One after the other: there is one sampler in a process. What other tests do meanwhile is in the samples too, so each looks at its own threads.
@Suite("The sampler", .serialized, .timeLimit(.minutes(5)), .enabled(if: SamplingProfiler.isSupported))
struct SamplingProfilerTests {
    /// Profiles while a thread works, for as long as it does.
    private static func profile(rate: Int = 99, _ body: @escaping @Sendable () -> Void) async throws -> SampledProfile {
        let clock = ManualClock()
        let thread = try BusyThread(body)
        async let recorded = SamplingProfiler(clock: clock).record(for: .seconds(60), rate: rate)
        try await clock.waitForPending(1)
        await thread.work()
        clock.advance(by: .seconds(60))
        return try await recorded
    }

    private static func samples(_ profile: SampledProfile, with name: String) -> Int {
        profile.stacks.filter { $0.frames.contains { $0.symbol.contains(name) } }.reduce(0) { $0 + $1.count }
    }

    @Test("a function that computes is in as many samples as its processor time asks for, under its name and its callers'")
    func knownName() async throws {
        let profile = try await Self.profile { _ = workUnderAKnownName(seconds: 1) }
        let (outer, inner) = (Self.samples(profile, with: "workUnderAKnownName"), Self.samples(profile, with: "spinUnderAKnownName"))
        #expect(outer >= 90 && outer <= 105, "\(outer) samples of 1 s at 99 Hz")
        #expect(Double(inner) > 0.8 * Double(outer), "\(inner) of \(outer)")
        #expect(profile.duration == .seconds(60) && profile.rate == 99 && profile.dropped == 0 && profile.samples == profile.folded.total)
        let stack = try #require(profile.stacks.first { $0.frames.contains { $0.symbol.contains("spinUnderAKnownName") } }).frames.map(\.symbol)
        let places = try ["BusyThread", "workUnderAKnownName", "spinUnderAKnownName"].map { name in try #require(stack.firstIndex { $0.contains(name) }) }
        #expect(places == places.sorted(), "outermost first")
        // The control: a function that did not run is in none.
        #expect(Self.samples(profile, with: "copyManyTimes") == 0)
    }

    @Test("the caller of a C function without a frame record is not lost")
    func missingCaller() async throws {
        let profile = try await Self.profile { _ = copyUnderAKnownName(seconds: 0.5) }
        let (outer, inner) = (Self.samples(profile, with: "copyUnderAKnownName"), Self.samples(profile, with: "copyManyTimes"))
        #expect(outer > 40 && Double(inner) > 0.8 * Double(outer), "\(inner) of \(outer)")
    }

    @Test("a thread that waits is not sampled, so it is not disturbed")
    func waiting() async throws {
        let profile = try await Self.profile {
            var (due, left) = (timespec(tv_sec: 0, tv_nsec: 300_000_000), timespec())
            if nanosleep(&due, &left) != 0 { _ = spinUnderAKnownName(50_000_000) }
        }
        #expect(Self.samples(profile, with: "spinUnderAKnownName") == 0, "the sleep was cut short")
    }

    @Test("one profile at a time: a second is refused and told how long the first takes yet, and afterwards one may be taken again")
    func oneAtATime() async throws {
        let clock = ManualClock()
        let profiler = SamplingProfiler(clock: clock)
        async let first = profiler.record(for: .seconds(10))
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(4))
        let refused = await #expect(throws: SamplingError.self) { try await profiler.record(for: .seconds(1)) }
        #expect(refused?.code == .busy && refused?.remaining == .seconds(6))
        let other = await #expect(throws: SamplingError.self) { try await SamplingProfiler(clock: ManualClock()).record(for: .seconds(1)) }
        #expect(other?.code == .busy && other?.remaining == nil)
        clock.advance(by: .seconds(6))
        _ = try await first
        async let again = profiler.record(for: .seconds(1))
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(1))
        _ = try await again
    }

    @Test("no timer is left when a profile has ended, and none when it was cancelled", arguments: [true, false])
    func noTimers(isCancelled: Bool) async throws {
        let clock = ManualClock()
        let before = Self.timers
        let task = Task { try await SamplingProfiler(clock: clock).record(for: .seconds(5)) }  // awaited below
        try await clock.waitForPending(1)
        // The control: while it is taken there are some, where the system tells.
        if let during = Self.timers { #expect(during > before ?? 0) }
        if isCancelled {
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        } else {
            clock.advance(by: .seconds(5))
            _ = try await task.value
        }
        #expect(Self.timers == before && clock.pendingCount == 0)
        // What comes late finds a handler that does nothing, rather than the end of the process.
        #expect(raise(SIGPROF) == 0)
    }

    /// Timers of the process, where the kernel lists them.
    private static var timers: Int? {
        guard let file = fopen("/proc/self/timers", "r") else { return nil }
        defer { fclose(file) }
        var (count, line) = (0, [CChar](repeating: 0, count: 256))
        while fgets(&line, 256, file) != nil { if line.starts(with: "ID:".utf8.map(CChar.init)) { count += 1 } }
        return count
    }

    @Test("a time or a rate outside of what is allowed is refused", arguments: [(0, 99), (61, 99), (-1, 99), (1, 0), (1, 1_000), (1, -5)])
    func bounds(seconds: Int, rate: Int) async {
        let error = await #expect(throws: SamplingError.self) { try await SamplingProfiler().record(for: .seconds(seconds), rate: rate) }
        #expect(error?.code == .outOfBounds)
    }

    @Test("eight threads that recurse, beside others that come and go, are sampled 999 times a second and live", arguments: 0..<3)
    func stress(round: Int) async throws {
        let clock = ManualClock()
        let stop = Stop()
        let threads = try (0..<8).map { number in
            // For as long as others come and go, and long enough to be sampled a hundred times.
            try BusyThread { while !stop.isSet || BusyThread.processorTime < 0.1 { _ = descend(500 + number * 100) } }
        }
        async let recorded = SamplingProfiler(clock: clock).record(for: .seconds(60), rate: 999)
        try await clock.waitForPending(1)
        await withTaskGroup(of: Void.self) { group in
            for thread in threads { group.addTask { await thread.work() } }
            for _ in 0..<200 {
                do {
                    let short = try BusyThread { _ = descend(2_000) }
                    await short.work()
                } catch {
                    Issue.record(error)
                }
            }
            stop.set()
        }
        clock.advance(by: .seconds(60))
        let profile = try await recorded
        let found = Self.samples(profile, with: "descend")
        // Eight times a tenth of a second, but for what a thread had used since the last tick when it ended.
        #expect(profile.samples + profile.dropped > 600, "\(profile.samples) samples, and \(profile.dropped) dropped")
        // Part of the time goes into asking for the time.
        #expect(found > profile.samples / 2, "\(found) of \(profile.samples)")
        // Deeper than is kept, and said so.
        #expect(profile.stacks.contains { $0.frames.first?.symbol == "[deeper than 128 frames]" })
    }

    final class Stop: Sendable {
        private let flag = Atomic<Bool>(false)
        var isSet: Bool { flag.load(ordering: .relaxed) }
        func set() { flag.store(true, ordering: .relaxed) }
    }

    // MARK: - One look

    /// Holds the thread that waits for it, in a function that a capture must find.
    final class Latch: Sendable {
        private let parker = ThreadParker()
        private let isOpen = Atomic<Bool>(false)
        let thread = Mutex<Int32?>(nil)

        @inline(never)
        func holdUnderAKnownName() {
            thread.withLock { $0 = StackCapture.thisThread }
            while !isOpen.load(ordering: .acquiring) { parker.park() }
        }

        func open() {
            isOpen.store(true, ordering: .releasing)
            parker.unpark()
        }
    }

    @Test("a look at a thread that waits shows in what, and the thread waits on")
    func capture() async throws {
        let latch = Latch()
        let thread = try BusyThread { latch.holdUnderAKnownName() }
        async let working: Void = thread.work()
        while latch.thread.withLock({ $0 }) == nil { await Task.yield() }
        let id = try #require(latch.thread.withLock { $0 })
        // A thread that got no processor to answer in time is left out of a capture.
        var seen: StackCapture.Thread?
        while seen == nil {
            try Task.checkCancellation()
            seen = try Self.take(id).first { $0.id == id }
        }
        let frames = try #require(seen).frames.map(\.symbol)
        #expect(frames.contains { $0.contains("holdUnderAKnownName") }, "\(frames)")
        latch.open()
        await working
        #expect(try !Self.take(id).contains { $0.frames.contains { $0.symbol.contains("holdUnderAKnownName") } })
    }

    /// Another suite may be looking at the same moment: then again.
    private static func take(_ thread: Int32) throws -> [StackCapture.Thread] {
        while true {
            do throws(SamplingError) { return try StackCapture.take(first: [thread]) } catch { if error.code != .busy { throw error } }
        }
    }
}
