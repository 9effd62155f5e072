#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Programs that end with this process, however it ends.
package enum ParentDeath {
    /// util-linux's `setpriv`, which asks the kernel for a signal at the parent's death and then becomes the command: same
    /// process, same group. The request is tied to the thread that starts the child; the subprocess library starts all
    /// of them on one thread that lives as long as the process. `nil` where there is none.
    package static let launcher: String? = {
        #if os(Linux)
        for path in ["/usr/bin/setpriv", "/bin/setpriv"] {
            // BusyBox's applet of the same name does not know the option.
            guard access(path, X_OK) == 0, let resolved = realpath(path, nil) else { continue }
            defer { free(resolved) }
            if String(cString: resolved).hasSuffix("/setpriv") { return path }
        }
        #endif
        return nil
    }()

    /// What goes before a command so that it gets `signal`, such as `KILL`, when its parent ends; nothing where that cannot be asked for.
    package static func words(signal: String) -> [String] { launcher.map { [$0, "--pdeathsig", signal, "--"] } ?? [] }
}
