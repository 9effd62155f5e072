#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How a child process ended.
enum ChildExit: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    var description: String {
        switch self {
        case .exited(let code): "exited with status \(code)"
        case .signalled(let signal): "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
        }
    }

    /// The state of a child that has exited and was not reaped; leaves it as it is. `nil` while it runs.
    ///
    /// With `blocking`, waits on this thread until it has exited.
    static func peek(_ process: pid_t, blocking: Bool = false) -> ChildExit? {
        var information = siginfo_t()
        var result: Int32
        repeat {
            result = waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT | (blocking ? 0 : WNOHANG))
        } while result < 0 && errno == EINTR
        #if canImport(Darwin)
        let status = information.si_status
        #else
        let status = information._sifields._sigchld.si_status
        #endif
        guard result == 0, information.si_signo != 0 else { return nil }
        return information.si_code == CLD_EXITED ? .exited(status) : .signalled(status)
    }
}
