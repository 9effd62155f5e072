import InterlockStdio
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How many descriptors this process may have open.
enum DescriptorLimit {
    /// The soft limit that this process was started with, once it has raised it.
    private static let before = Mutex<UInt?>(nil)

    /// Raises the soft limit to the hard one, so that `--max-connections` and not the shell's default decides, and returns the limit in force.
    static func raise() -> UInt {
        guard var limit = current, limit.rlim_cur < limit.rlim_max else { return inForce }
        let usual = UInt(limit.rlim_cur)
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(resource, &limit) == 0 else { return usual }
        before.withLock { $0 = $0 ?? usual }
        return UInt(limit.rlim_cur)
    }

    /// Raises the limit where the work does not fit into it, and refuses what will not fit even so, before it fails in the middle as a server that cannot be
    /// reached would.
    ///
    /// - Parameters:
    ///   - needed: descriptors that the work opens at most; what the process has open besides is added.
    ///   - reason: which options ask for them.
    static func require(_ needed: Int, for reason: String) throws(UsageError) {
        let limit = UInt(needed + ownDescriptors) > inForce ? raise() : inForce
        try check(needed, of: limit, for: reason)
    }

    /// The command, started with the limit that whoever started this process gave it: a server that runs out of descriptors at home must do so here, too.
    static func keeping(_ command: ServerCommand) -> ServerCommand { before.withLock { $0 }.map { limited(command, to: $0) } ?? command }

    /// The command with a soft limit of its own. The shell that sets it becomes the command: same process, same words.
    static func limited(_ command: ServerCommand, to limit: UInt) -> ServerCommand {
        var limited = command
        limited.executable = "/bin/sh"
        limited.arguments = ["-c", "ulimit -S -n \(limit); exec \"$@\"", "sh", command.executable] + command.arguments
        return limited
    }

    private static var current: rlimit? {
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? limit : nil
    }

    private static var inForce: UInt { current.map { UInt($0.rlim_cur) } ?? 0 }

    #if canImport(Glibc)
    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
    private static var resource: Int32 { RLIMIT_NOFILE }
    #endif

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
