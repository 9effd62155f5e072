import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A descriptor that log lines go to, and that never makes anybody wait.
///
/// A parent that does not read its child's standard error must not stop the child: a line that does not fit is dropped,
/// and the next one that fits is preceded by how many were.
final class LogOutput: Sendable {
    static let standardError = LogOutput(descriptor: STDERR_FILENO)

    private let descriptor: Int32
    private let dropped = Mutex(0)

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes one line whole, or drops it.
    func write(_ line: [UInt8]) {
        dropped.withLock { dropped in
            guard hasRoom else {
                dropped += 1
                return
            }
            if dropped > 0 {
                put(Array("{\"level\":\"warning\",\"message\":\"log lines were dropped\",\"dropped\":\(dropped)}\n".utf8))
                dropped = 0
                guard hasRoom else {
                    dropped += 1
                    return
                }
            }
            put(line)
        }
    }

    /// Whether a pipe takes another line in one piece now; a file always does.
    private var hasRoom: Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&state, 1, 0) == 1 && state.revents & Int16(POLLOUT) != 0
    }

    private func put(_ bytes: [UInt8]) {
        // There is nowhere to report that the log cannot be written.
        _ = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
