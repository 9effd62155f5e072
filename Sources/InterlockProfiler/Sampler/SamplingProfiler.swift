import CSampler
public import InterlockConcurrency
import Synchronization

/// Takes profiles of this process: which functions use the processors, by looking at its threads again and again.
///
/// ```swift
/// let profile = try await SamplingProfiler().record(for: .seconds(10))
/// print(profile.folded.text)
/// ```
///
/// Each thread gets a timer on its own processor time, whose signal (SIGPROF) walks the thread's frame records: threads that wait
/// are not disturbed, and while no profile is taken nothing is armed and nothing costs anything. Functions are named from the
/// symbol tables of what is loaded, so a stripped program shows addresses. A stack is that of the thread: the callers of an
/// asynchronous function that has been resumed are not on it. Linux on x86-64 and 64-bit ARM.
public final class SamplingProfiler: Sendable {
    /// Samples for each second of processor time, unless asked for otherwise. Not 100, so as not to keep step with what happens every 10 ms.
    public static let defaultRate = 99
    /// Samples for each second of processor time that may be asked for. The kernel looks 250 or 1,000 times a second at
    /// most, so a stack may stand for several.
    public static let rates = 1...999
    /// The longest profile.
    public static let longest = Duration.seconds(60)

    /// Whether this system and processor can be sampled.
    public static var isSupported: Bool { interlock_sampler_is_supported() }

    private let clock: any SchedulingClock
    private let ends = Mutex<MonotonicTime?>(nil)

    /// Makes a profiler that does nothing before ``record(for:rate:)``.
    ///
    /// - Parameter clock: Measures how long a profile is.
    public init(clock: any SchedulingClock = SystemClock.shared) { self.clock = clock }

    /// Takes a profile. One at a time in a process, whichever profiler takes it.
    ///
    /// When the task is cancelled the profile is thrown away. However it ends, no timer is left when this returns.
    ///
    /// - Parameters:
    ///   - duration: More than zero, at most ``longest``.
    ///   - rate: Samples for each second of processor time, within ``rates``.
    /// - Throws: ``SamplingError``; `CancellationError` when the task is cancelled.
    public func record(for duration: Duration, rate: Int = SamplingProfiler.defaultRate) async throws -> SampledProfile {
        guard duration > .zero, duration <= Self.longest else {
            throw SamplingError(.outOfBounds, "a profile takes more than no time and at most \(Self.longest), not \(duration)")
        }
        guard Self.rates.contains(rate) else {
            throw SamplingError(.outOfBounds, "the rate is from \(Self.rates.lowerBound) to \(Self.rates.upperBound) samples a second, not \(rate)")
        }
        let began = clock.now
        let recording: SampleRecording
        do throws(SamplingError) {
            recording = try SampleRecording.start(rate: rate)
        } catch {
            throw error.code == .busy ? SamplingError(.busy, error.message, remaining: ends.withLock { $0 }.map { max(.zero, $0 - began) }) : error
        }
        ends.withLock { $0 = began + duration }
        defer { ends.withLock { $0 = nil } }
        do {
            try await clock.sleep(for: duration)
        } catch {
            await recording.abandon()
            throw error
        }
        let took = clock.now - began
        let contents = await recording.finish()
        return SampledProfile(
            duration: took, rate: rate, dropped: contents.dropped, unsampledThreads: contents.unsampledThreads, stacks: contents.stacks)
    }
}
