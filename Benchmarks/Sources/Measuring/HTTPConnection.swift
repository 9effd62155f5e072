import Glibc

/// One connection of the load: a socket and what it has received of the response it waits for.
struct HTTPConnection: ~Copyable {
    let descriptor: Int32
    /// The request to send again and again; the id of its message is overwritten each time.
    var request: [UInt8] = []
    var idOffset: Int?
    var began: UInt64 = 0
    private var received: [UInt8] = []
    private static let chunkSize = 65_536

    /// Connects to a port on loopback; tries again for as long as nobody listens, up to the deadline.
    init(port: UInt16, deadline: UInt64) throws(MeasuringError) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        while true {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw .system("socket") }
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
            }
            if result == 0 {
                var on: Int32 = 1
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                self.descriptor = descriptor
                return
            }
            let error = MeasuringError.system("connect to port \(port)")
            Glibc.close(descriptor)
            guard nanoseconds() < deadline else { throw error }
            usleep(200)
        }
    }

    deinit { Glibc.close(descriptor) }

    mutating func send() throws(MeasuringError) {
        began = nanoseconds()
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw .system("send") }
            sent += count
        }
    }

    /// Reads what is there; the status if that completes the response.
    mutating func receive(_ buffer: UnsafeMutableRawBufferPointer) throws(MeasuringError) -> Int? {
        let count = recv(descriptor, buffer.baseAddress!, buffer.count, 0)
        guard count > 0 else { throw count == 0 ? MeasuringError("the server closed a connection with a call in flight") : .system("recv") }
        let chunk = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
        if received.isEmpty {
            if let response = ResponseFraming.response(in: chunk) { return response.status }
            received.append(contentsOf: chunk)
            return nil
        }
        received.append(contentsOf: chunk)
        guard let response = received.withUnsafeBytes({ ResponseFraming.response(in: $0) }) else { return nil }
        received.removeAll(keepingCapacity: true)
        return response.status
    }

    /// One request and its whole response, waited for: what comes before the load.
    mutating func exchange(_ request: [UInt8]) throws(MeasuringError) -> HTTPAnswer {
        self.request = request
        try send()
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: Self.chunkSize)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw count == 0 ? MeasuringError("the server closed the connection instead of answering") : .system("recv") }
            bytes += buffer[..<count]
            guard let response = bytes.withUnsafeBytes({ ResponseFraming.response(in: $0) }) else { continue }
            return HTTPAnswer(status: response.status, head: Array(bytes[..<response.headLength]), body: Array(bytes[response.headLength..<response.length]))
        }
    }

    /// Sends a request and reads only the head of the response, which stays open.
    mutating func open(_ request: [UInt8]) throws(MeasuringError) -> Int {
        self.request = request
        try send()
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard recv(descriptor, &byte, 1, 0) == 1 else { throw MeasuringError("the server closed the connection instead of opening a stream") }
            head.append(byte)
        }
        return Int(String(decoding: head.dropFirst(9).prefix(3), as: UTF8.self)) ?? 0
    }
}

/// A response read as a whole.
public struct HTTPAnswer: Sendable {
    public var status: Int
    public var head: [UInt8]
    public var body: [UInt8]

    /// The value of a header field by its name in lower case.
    public func field(_ name: StaticString) -> String? {
        head.withUnsafeBytes { ResponseFraming.value(of: name, in: $0) }
    }
}
