internal import InterlockTransport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Private copies of the two descriptors a stdio server speaks on.
struct StandardStreams: Sendable {
    let input: Descriptor
    let output: Descriptor

    /// Copies the descriptors and, if asked to, points the process's own 0 and 1 elsewhere.
    init(input: Int32, output: Int32, isolating: Bool) throws(TransportError) {
        self.input = try Descriptor.duplicate(of: input)
        self.output = try Descriptor.duplicate(of: output)
        guard isolating else { return }
        if output == STDOUT_FILENO, dup2(STDERR_FILENO, STDOUT_FILENO) < 0 {
            throw systemError("cannot point standard output at standard error", errno)
        }
        if input == STDIN_FILENO {
            let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard nothing >= 0, dup2(nothing, STDIN_FILENO) >= 0 else {
                throw systemError("cannot point standard input at /dev/null", errno)
            }
            close(nothing)
        }
    }
}
