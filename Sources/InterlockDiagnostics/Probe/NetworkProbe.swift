import InterlockConcurrency

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Name and connection of a server, each with its own time: the part of a probe below the protocol.
enum NetworkProbe {
    /// What a step of it found.
    struct Failure: Error { var message: String }

    /// Addresses of a host. Blocks its thread: the resolver's own limits apply.
    static func resolve(_ host: String, port: Int) throws -> [[UInt8]] {
        var hints = addrinfo()
        hints.ai_socktype = streamSocket
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &list)
        guard code == 0 else { throw Failure(message: String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(list) }
        var addresses: [[UInt8]] = []
        var entry = list
        while let current = entry {
            addresses.append(Array(UnsafeRawBufferPointer(start: current.pointee.ai_addr, count: Int(current.pointee.ai_addrlen))))
            entry = current.pointee.ai_next
        }
        return addresses
    }

    /// How long an address has for itself before the next one is tried beside it (RFC 8305, section 5).
    private static let headStart = Duration.milliseconds(250)

    /// Connects to whichever address takes the connection first, and closes it again: they are tried in their order, each beside those before it, so that
    /// one that answers nothing holds up the next for no longer than its head start. Blocks its thread for at most `timeout`.
    static func reach(_ addresses: [[UInt8]], timeout: Duration) throws {
        var failure = Failure(message: "no address")
        var rest = addresses[...]
        var tried: [pollfd] = []
        defer { for one in tried { close(one.fd) } }
        var now = SystemClock.shared.now
        let end = now + timeout
        var next = now
        while !rest.isEmpty || !tried.isEmpty {
            if let address = rest.first, now >= next {
                rest.removeFirst()
                do {
                    guard let descriptor = try begin(address) else { return }
                    tried.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
                    next = now + headStart
                } catch let error as Failure { failure = error }
                continue
            }
            let wait = (rest.isEmpty ? end : min(end, next)) - now
            guard poll(&tried, nfds_t(tried.count), Int32(clamping: max(0, (wait.nanosecondsRounded + 999_999) / 1_000_000))) >= 0 || errno == EINTR else {
                throw Failure(errno)
            }
            now = SystemClock.shared.now
            for one in tried where one.revents != 0 {
                guard let error = Self.error(of: one.fd) else { return }
                failure = error
                close(one.fd)
                tried.removeAll { $0.fd == one.fd }
                next = now
            }
            if now >= end, !tried.isEmpty { throw Failure(message: "no answer within \(timeout)") }
        }
        throw failure
    }

    /// Begins a connection and returns its descriptor, which is the caller's; `nil` where it was made at once, and is closed again.
    private static func begin(_ address: [UInt8]) throws -> Int32? {
        try address.withUnsafeBytes { address in
            guard let base = address.bindMemory(to: sockaddr.self).baseAddress else { throw Failure(message: "no address") }
            let descriptor = socket(Int32(base.pointee.sa_family), streamSocket, 0)
            guard descriptor >= 0 else { throw Failure(errno) }
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            if connect(descriptor, base, socklen_t(address.count)) == 0 {
                close(descriptor)
                return nil
            }
            let code = errno
            if code == EINPROGRESS { return descriptor }
            close(descriptor)
            throw Failure(code)
        }
    }

    /// Why a connection that has ended its beginning was not made; `nil` where it was.
    private static func error(of descriptor: Int32) -> Failure? {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return Failure(errno) }
        return code == 0 ? nil : Failure(code)
    }

    #if canImport(Glibc)
    private static let streamSocket = Int32(SOCK_STREAM.rawValue)
    #else
    private static let streamSocket = SOCK_STREAM
    #endif
}

extension NetworkProbe.Failure {
    init(_ code: Int32) { message = String(cString: strerror(code)) }
}
