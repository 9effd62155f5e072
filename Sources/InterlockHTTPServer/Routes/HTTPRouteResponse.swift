/// The answer of a route.
public struct HTTPRouteResponse: Sendable {
    /// Writes a streamed body, piece by piece, and returns when it is complete.
    public typealias Producer = @Sendable (HTTPRouteWriter) async throws -> Void

    /// The HTTP status.
    public var status: Int
    /// Further header fields. `Content-Length` is added where the body is known.
    public var headers: [(name: String, value: String)]
    /// The body; of a stream, its first piece.
    public var body: [UInt8]
    /// What writes the body of a stream.
    let producer: Producer?

    /// Makes an answer from bytes.
    public init(status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.init(status: status, headers: headers, body: body, producer: nil)
    }

    /// Makes an answer from text.
    public init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", text: String) {
        self.init(status: status, headers: [("content-type", contentType)], body: Array(text.utf8))
    }

    private init(status: Int, headers: [(name: String, value: String)], body: [UInt8], producer: Producer?) {
        self.status = status
        self.headers = headers
        self.body = body
        self.producer = producer
    }

    /// An answer whose body is written while it is sent: events, exports, what is too large to hold.
    ///
    /// The stream ends when `producer` returns. One that throws cuts the connection (HTTP/2: resets the stream), so that the
    /// peer can tell a part from the whole. `producer` is cancelled when the peer goes away, when it takes nothing for the
    /// server's write deadline, and when the server shuts down, which ends the stream in order and does not wait for it. An
    /// event stream that is silent gets comment lines as heartbeat. HEAD is answered 405: nobody knows the length.
    ///
    /// - Parameter contentType: `text/event-stream` is also marked for proxies to pass on unbuffered, and not to be kept.
    public static func stream(
        status: Int = 200, contentType: String, headers: [(name: String, value: String)] = [], _ producer: @escaping Producer
    ) -> HTTPRouteResponse {
        var fields = [(name: "content-type", value: contentType)] + headers
        if contentType.hasPrefix("text/event-stream") { fields += [("cache-control", "no-store"), ("x-accel-buffering", "no")] }
        return HTTPRouteResponse(status: status, headers: fields, body: [], producer: producer)
    }

    /// Whether comment lines may stand between the pieces of the body.
    var isEventStream: Bool {
        headers.contains { $0.name.isFieldName("content-type") && $0.value.hasPrefix("text/event-stream") }
    }
}
