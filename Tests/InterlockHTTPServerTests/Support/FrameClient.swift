/// An HTTP/2 client that writes frames by hand, so that it can also write those an honest client would not.
struct FrameClient: Sendable {
    let raw: RawClient

    struct Frame: Sendable {
        var type: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]

        var endsStream: Bool { (type == 0 || type == 1) && flags & 1 != 0 }
        var text: String { String(decoding: payload, as: UTF8.self) }
    }

    /// Sends the preface, empty settings, and room for 16 MiB on the connection; takes the server's settings, as more than
    /// the protocol's first few streams are allowed only by them.
    init(port: Int) async throws {
        raw = try await RawClient(port: port)
        try await raw.send(Self.preface)
        _ = try await next(4)
        try await raw.send(Self.frame(4, 1, 0, []))
    }

    /// Sends nothing yet.
    init(raw: RawClient) { self.raw = raw }

    /// What a connection begins with: the preface, empty settings, and room for 16 MiB.
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, []) + frame(8, 0, 0, [1, 0, 0, 0])

    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let length = payload.count
        let head: [UInt8] = [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
        return head + withUnsafeBytes(of: stream.bigEndian) { Array($0) } + payload
    }

    /// A header block of literals: `:method`, `:scheme http`, `:path`, `:authority`, and the fields given.
    static func block(method: String = "POST", path: String = "/mcp", fields: [(String, String)] = [("content-type", "application/json")]) -> [UInt8] {
        func literal(_ text: String) -> [UInt8] {
            precondition(text.utf8.count < 127)
            return [UInt8(text.utf8.count)] + Array(text.utf8)
        }
        var block: [UInt8] = []
        for (name, value) in [(":method", method), (":scheme", "http"), (":path", path), (":authority", "localhost")] + fields {
            block += [0] + literal(name) + literal(value)
        }
        return block
    }

    /// A whole request.
    static func request(_ stream: UInt32, _ body: String, path: String = "/mcp") -> [UInt8] {
        frame(1, 4, stream, block(path: path)) + frame(0, 1, stream, Array(body.utf8))
    }

    func next() async throws -> Frame {
        try await raw.read { bytes in
            guard bytes.count >= 9 else { return nil }
            let head = Array(bytes.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard bytes.count >= 9 + length else { return nil }
            let payload = Array(bytes.dropFirst(9).prefix(length))
            bytes = bytes.dropFirst(9 + length)
            let stream = UInt32(head[5] & 127) << 24 | UInt32(head[6]) << 16 | UInt32(head[7]) << 8 | UInt32(head[8])
            return Frame(type: head[3], flags: head[4], stream: stream, payload: payload)
        }
    }

    /// The next frame of a type, passing over others.
    func next(_ type: UInt8) async throws -> Frame {
        while true {
            let frame = try await next()
            if frame.type == type { return frame }
        }
    }
}
