#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads from a few descriptors on the thread that calls it, sleeping in `poll` while there is nothing.
///
/// Never changes a descriptor's flags, and works on blocking and non-blocking ones alike.
struct ReadLoop {
    /// What happened on one descriptor.
    enum Event {
        /// Bytes, valid during the call only.
        case bytes(UnsafeRawBufferPointer)
        /// The other side closed, or reading failed with this `errno`. The last event of its source.
        case end(Int32?)
    }

    /// One descriptor to watch.
    struct Source {
        var descriptor: Int32
        /// Whether readiness itself is the news (a process descriptor): reported as ``Event/end(_:)`` without reading.
        var isSignal = false
        /// Whether it is left alone for now; while it is so, it is asked twenty times a second.
        var isPaused: () -> Bool = { false }
        var handle: (Event) -> Void
    }

    private static let bufferSize = 65_536

    /// Runs until every source has ended or `wake` is signalled. Returns whether it was woken.
    static func run(_ sources: [Source], wake: WakePipe) -> Bool {
        var sources = sources
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 16)
        defer { buffer.deallocate() }
        while !sources.isEmpty {
            var polled = [pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)]
            polled += sources.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            let wasWoken = pollUntilSourceEnds(&sources, &polled, buffer)
            if wasWoken { return true }
        }
        return false
    }

    /// Reads what a non-blocking descriptor holds at this moment.
    static func drain(_ descriptor: Int32, _ bytes: (UnsafeRawBufferPointer) -> Void) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 {
                bytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } else if count == 0 || errno != EINTR {
                return
            }
        }
    }

    /// Keeps polling the same set; returns when a source has ended (and was removed) or, with `true`, when woken.
    private static func pollUntilSourceEnds(
        _ sources: inout [Source], _ polled: inout [pollfd], _ buffer: UnsafeMutableRawBufferPointer
    ) -> Bool {
        while true {
            var timeout: Int32 = -1
            for index in sources.indices {
                let isPaused = sources[index].isPaused()
                polled[index + 1].fd = isPaused ? -1 : sources[index].descriptor
                if isPaused { timeout = 50 }
            }
            // Fails only with EINTR, which means to look again.
            guard poll(&polled, nfds_t(polled.count), timeout) > 0 else { continue }
            if polled[0].revents != 0 { return true }
            var ended: [Int] = []
            for index in sources.indices where polled[index + 1].revents != 0 && !sources[index].isPaused() {
                if handleReadable(sources[index], invalid: polled[index + 1].revents & Int16(POLLNVAL) != 0, buffer) { ended.append(index) }
            }
            if !ended.isEmpty {
                for index in ended.reversed() { sources.remove(at: index) }
                return false
            }
        }
    }

    /// Reads once. Returns whether the source has ended.
    private static func handleReadable(_ source: Source, invalid: Bool, _ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        if invalid || source.isSignal {
            source.handle(.end(invalid ? EBADF : nil))
            return true
        }
        let count = read(source.descriptor, buffer.baseAddress, buffer.count)
        if count > 0 {
            source.handle(.bytes(UnsafeRawBufferPointer(rebasing: buffer[..<count])))
            return false
        }
        let code = errno
        if count < 0, code == EINTR || code == EAGAIN { return false }
        source.handle(.end(count < 0 ? code : nil))
        return true
    }
}
