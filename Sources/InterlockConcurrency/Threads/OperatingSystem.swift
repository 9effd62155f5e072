#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The few calls to the operating system that this module makes, in one place for every platform.
package enum OperatingSystem {
    /// Nanoseconds on the clock that stands still for nobody who sets the time.
    static func monotonicNanoseconds() -> Int64 {
        #if canImport(Darwin)
        Int64(clock_gettime_nsec_np(CLOCK_UPTIME_RAW))
        #else
        nanoseconds(of: CLOCK_MONOTONIC)
        #endif
    }

    /// Milliseconds since the Unix epoch.
    static func wallMilliseconds() -> Int64 {
        #if canImport(Darwin)
        Int64(clock_gettime_nsec_np(CLOCK_REALTIME) / 1_000_000)
        #else
        nanoseconds(of: CLOCK_REALTIME) / 1_000_000
        #endif
    }

    /// Processors this process may use.
    static var processorCount: Int {
        max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    #if !canImport(Darwin)
    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
    #endif
}
