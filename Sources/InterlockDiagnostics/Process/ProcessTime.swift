#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Processor time of this process, children excluded.
enum ProcessTime {
    /// Seconds in user and system mode, all threads together. POSIX fixes the unit of `clock` at a microsecond.
    static var now: Double { Double(clock()) / 1e6 }

    /// The same in nanoseconds.
    static var nanoseconds: Int64 { Int64(clock()) * 1_000 }

    /// Processors that there are.
    static var processors: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
