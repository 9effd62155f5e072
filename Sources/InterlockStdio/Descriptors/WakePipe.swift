internal import InterlockTransport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Wakes a thread out of `poll`: once signalled, its read end stays readable.
final class WakePipe: Sendable {
    private let ends: (read: Descriptor, write: Descriptor)

    init() throws(TransportError) {
        ends = try Descriptor.pipe()
        ends.write.setNonBlocking()
    }

    /// What the thread polls for reading.
    var descriptor: Int32 { ends.read.number }

    /// Sleeps until this pipe or another is signalled. Returns whether the other is.
    func wait(or other: WakePipe) -> Bool {
        var polled = [descriptor, other.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while poll(&polled, 2, -1) < 0 {}
        return polled[1].revents != 0
    }

    /// Wakes the thread for good. May be called from any thread, any number of times.
    func signal() {
        var byte: UInt8 = 1
        // A full pipe is as good as one byte in it: the thread wakes all the same.
        _ = write(ends.write.number, &byte, 1)
    }
}
