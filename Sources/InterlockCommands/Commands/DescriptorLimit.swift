#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How many descriptors this process may have open.
enum DescriptorLimit {
    /// Raises the soft limit to the hard one, so that `--max-connections` and not the shell's default decides, and returns the limit in force.
    static func raise() -> UInt {
        var limit = rlimit()
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return UInt(limit.rlim_cur) }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        return setrlimit(resource, &limit) == 0 ? UInt(limit.rlim_cur) : UInt(before)
    }

    /// Raises the limit and refuses what will not fit even so, before it fails in the middle as a server that cannot be reached would.
    ///
    /// - Parameters:
    ///   - needed: descriptors that the work opens at most; what the process has open besides is added.
    ///   - reason: which options ask for them.
    static func require(_ needed: Int, for reason: String) throws(UsageError) { try check(needed, of: raise(), for: reason) }

    /// The same with a limit that is known.
    static func check(_ needed: Int, of limit: UInt, for reason: String) throws(UsageError) {
        let all = needed + ownDescriptors
        if UInt(all) > limit {
            throw UsageError(
                "\(reason) may need \(all) descriptors, and this process may have \(limit) open: ask for less, or raise the hard limit (ulimit -Hn).")
        }
    }

    /// Event loops, standard streams, files and whatever else this process has open.
    private static let ownDescriptors = 64
}
