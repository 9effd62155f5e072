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

    /// Connects to the first address that takes the connection, and closes it again. Blocks its thread for at most `timeout` an address.
    static func reach(_ addresses: [[UInt8]], timeout: Duration) throws {
        var failure = Failure(message: "no address")
        for address in addresses {
            do { return try address.withUnsafeBytes { try reach($0, timeout: timeout) } } catch let error as Failure { failure = error }
        }
        throw failure
    }

    private static func reach(_ address: UnsafeRawBufferPointer, timeout: Duration) throws {
        guard let base = address.bindMemory(to: sockaddr.self).baseAddress else { throw Failure(message: "no address") }
        let descriptor = socket(Int32(base.pointee.sa_family), streamSocket, 0)
        guard descriptor >= 0 else { throw Failure(errno) }
        defer { close(descriptor) }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        if connect(descriptor, base, socklen_t(address.count)) == 0 { return }
        guard errno == EINPROGRESS else { throw Failure(errno) }
        var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&watched, 1, Int32(clamping: timeout.nanosecondsRounded / 1_000_000)) > 0 else {
            throw Failure(message: "no answer within \(timeout)")
        }
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
        guard error == 0 else { throw Failure(error) }
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
