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

    /// The process's own three, by number.
    struct Numbers: Sendable {
        var input = STDIN_FILENO
        var output = STDOUT_FILENO
        var error = STDERR_FILENO
    }

    /// Copies the descriptors and, if asked to, points the process's own elsewhere where they are the same.
    init(input: Int32, output: Int32, isolating: Bool, standard: Numbers = Numbers()) throws(TransportError) {
        self.input = try Descriptor.duplicate(of: input)
        self.output = try Descriptor.duplicate(of: output)
        guard isolating else { return }
        if output == standard.output, dup2(standard.error, standard.output) < 0 {
            throw systemError("cannot point standard output at standard error", errno)
        }
        if input == standard.input {
            let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard nothing >= 0, dup2(nothing, standard.input) >= 0 else {
                throw systemError("cannot point standard input at /dev/null", errno)
            }
            close(nothing)
        }
    }
}
