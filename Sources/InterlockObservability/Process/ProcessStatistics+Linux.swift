#if os(Linux)
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension ProcessStatistics {
    /// Reads what the system says about this process, from `/proc/self`.
    ///
    /// Takes some 50 µs, and with the proportional size a millisecond or more for large processes, since the system walks
    /// all mappings for it. Blocks the thread for that time.
    ///
    /// - Returns: `nil` when `/proc` is not there or cannot be read; never on a usual Linux.
    public static func current(includingProportional: Bool = false) -> ProcessStatistics? {
        guard let stat = ProcFile.read("/proc/self/stat").flatMap(ProcStat.init(_:)) else { return nil }
        guard let descriptors = ProcFile.countEntries(of: "/proc/self/fd") else { return nil }
        let ticks = max(1, Int64(sysconf(Int32(_SC_CLK_TCK))))
        return ProcessStatistics(
            residentBytes: stat.residentPages * Int(sysconf(Int32(_SC_PAGESIZE))),
            proportionalBytes: includingProportional ? ProcFile.read("/proc/self/smaps_rollup").flatMap(ProcSmaps.proportionalBytes(_:)) : nil,
            userTime: .nanoseconds(stat.userTicks * (1_000_000_000 / ticks)),
            systemTime: .nanoseconds(stat.systemTicks * (1_000_000_000 / ticks)),
            threads: stat.threads,
            // The directory itself was open while it was counted.
            openDescriptors: max(0, descriptors - 1), descriptorLimit: descriptorSoftLimit())
    }

    private static func descriptorSoftLimit() -> Int? {
        var limit = rlimit()
        #if canImport(Glibc)
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        #else
        guard getrlimit(RLIMIT_NOFILE, &limit) == 0 else { return nil }
        #endif
        return Int(exactly: limit.rlim_cur)
    }
}
#endif
