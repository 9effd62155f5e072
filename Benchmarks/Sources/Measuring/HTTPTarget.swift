/// A server to measure over HTTP/1.1: where it is and how its requests look.
public struct HTTPTarget: Sendable {
    public var port: UInt16
    public var path: String
    public var era: Era
    public var tool: String
    /// The session that a server without sessions is told of, so that its requests have the same bytes.
    public var assumedSession: String?
    /// The value of `Authorization`, in every request.
    public var authorization: String?

    public init(port: UInt16, era: Era, path: String = "/mcp", tool: String = "echo", assumedSession: String? = nil, authorization: String? = nil) {
        self.port = port
        self.era = era
        self.path = path
        self.tool = tool
        self.assumedSession = assumedSession
        self.authorization = authorization
    }

    /// A POST with a message, and where in it the message begins.
    func post(_ message: [UInt8], session: String? = nil, isCall: Bool = true) -> (request: [UInt8], bodyOffset: Int) {
        var head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
        switch era {
        case .modern: head += "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: \(tool)\r\n"
        case .legacy: if isCall { head += "MCP-Protocol-Version: 2025-11-25\r\n" }
        }
        if let session { head += "Mcp-Session-Id: \(session)\r\n" }
        if let authorization { head += "Authorization: \(authorization)\r\n" }
        head += "Content-Length: \(message.count)\r\n\r\n"
        return (Array(head.utf8) + message, head.utf8.count)
    }

    /// The GET of a session's stream.
    func openStream(session: String) -> [UInt8] {
        Array(
            ("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAccept: text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\n"
                + "Mcp-Session-Id: \(session)\r\n" + (authorization.map { "Authorization: \($0)\r\n" } ?? "") + "\r\n").utf8)
    }

    /// Opens a session by the whole handshake; returns its id.
    func openSession(on connection: inout HTTPConnection) throws(MeasuringError) -> String? {
        if let assumedSession { return assumedSession }
        let answer = try connection.exchange(post(Message.initialize, isCall: false).request)
        guard answer.status == 200 else { throw MeasuringError("initialize was answered with status \(answer.status)") }
        let session = answer.field("mcp-session-id")
        _ = try connection.exchange(post(Message.initialized, session: session).request)
        return session
    }
}

extension HTTPTarget {
    /// Connects, as soon as somebody listens, and makes one call.
    public func callOnce() throws(MeasuringError) -> HTTPAnswer {
        var connection = try HTTPConnection(port: port, deadline: nanoseconds() + 30_000_000_000)
        let session = era == .legacy ? try openSession(on: &connection) : nil
        return try connection.exchange(post(Message.call(era, id: 0, tool: tool), session: session).request)
    }
}
