#if os(Linux)
import Glibc
import InterlockConcurrency
import InterlockProtocol

/// A client that asks and asks and never reads: a socket of this machine with requests one behind the other.
///
/// A server that reads on although its answers are not taken has to keep requests or answers; one with back-pressure stops reading.
final class DeafClient: Sendable {
    private let socket: Int32

    /// Connects to a port of this machine; `nil` when nobody listens.
    static func connect(port: Int) -> DeafClient? {
        guard let port = UInt16(exactly: port) else { return nil }
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        // A small buffer on this side, so that what the server writes stays with it.
        var size: Int32 = 4096
        setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0, fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK) == 0 else {
            close(socket)
            return nil
        }
        return DeafClient(socket)
    }

    private init(_ socket: Int32) { self.socket = socket }

    deinit { close(socket) }

    /// As which client it asks.
    enum Era {
        case modern
        /// In a session of this revision; without an id where the server has none.
        case legacy(ProtocolRevision, session: String?)
    }

    /// The question it asks: the list of tools.
    static func question(_ era: Era, id: Int) -> String {
        guard case .modern = era else { return #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/list"}"# }
        return #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"#
            + #""\#(ProtocolRevision.latest.rawValue)","io.modelcontextprotocol/clientCapabilities":{}}}}"#
    }

    /// The same as a request over HTTP, with the fields that every request carries.
    static func request(port: Int, path: String, era: Era, headers: [(name: String, value: String)]) -> [UInt8] {
        var fields = [
            ("Host", "127.0.0.1:\(port)"), ("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"),
        ]
        let body = question(era, id: 1)
        switch era {
        case .modern:
            fields += [(RoutingHeaders.protocolVersion, ProtocolRevision.latest.rawValue), (RoutingHeaders.method, Method.toolsList)]
        case .legacy(let revision, let session):
            fields.append((RoutingHeaders.protocolVersion, revision.rawValue))
            if let session { fields.append((RoutingHeaders.sessionId, session)) }
        }
        fields += headers.map { ($0.name, $0.value) } + [("Content-Length", "\(body.utf8.count)")]
        return Array("POST \(path) HTTP/1.1\r\n\(fields.map { "\($0.0): \($0.1)\r\n" }.joined())\r\n\(body)".utf8)
    }

    /// Asks once, and reads how it is answered: the HTTP status, or `nil` where none comes until `deadline`.
    func status(of request: [UInt8], deadline: MonotonicTime, clock: any SchedulingClock) async throws -> Int? {
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                sent += count
            } else if errno != EAGAIN || clock.now >= deadline {
                return nil
            } else {
                try await clock.sleep(for: .milliseconds(5))
            }
        }
        // `HTTP/1.1 200` is enough to know.
        var line = [UInt8](repeating: 0, count: 12)
        var read = 0
        while read < line.count {
            let count = line[read...].withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
            if count > 0 {
                read += count
            } else if count == 0 || errno != EAGAIN || clock.now >= deadline {
                return nil
            } else {
                try await clock.sleep(for: .milliseconds(5))
            }
        }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        return words.count == 2 && words[0].hasPrefix("HTTP/") ? Int(words[1]) : nil
    }

    /// What became of its questions.
    enum Outcome {
        /// They were taken as long as there were any.
        case taken
        /// They were taken no more, or the connection was cut off: both are a bound.
        case stopped
        /// They were taken no more, by a server that was at work: nothing is told.
        case atWork
    }

    /// Sends `request` again and again: up to `bytes`, or until the server has stopped taking it, or until `deadline`, and then until the silence that has
    /// begun is over, which takes six seconds more at most.
    ///
    /// - Parameter silence: knows a server that has stopped.
    func send(
        _ request: [UInt8], upTo bytes: Int, silence: Silence, deadline: MonotonicTime, clock: any SchedulingClock
    ) async throws -> (taken: Int, outcome: Outcome) {
        var (taken, offset, silence) = (0, 0, silence)
        while taken < bytes {
            let count = request[offset...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                taken += count
                offset = (offset + count) % request.count
                silence.end()
                if clock.now >= deadline { break }
            } else if errno != EAGAIN {
                return (taken, .stopped)
            } else {
                switch silence.look(at: clock.now) {
                case .goesOn: try await clock.sleep(for: .milliseconds(20))
                case .standstill: return (taken, .stopped)
                case .atWork: return (taken, .atWork)
                }
            }
        }
        return (taken, .taken)
    }
}
#endif
