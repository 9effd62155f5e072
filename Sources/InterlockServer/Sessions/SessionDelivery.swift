import InterlockTransport

/// How messages that belong to no request reach a session's client.
enum SessionDelivery: Sendable {
    /// Everything goes out on one connection.
    case duplex(any EventSink)
    /// Streams come and go, by GET (Streamable HTTP).
    case streams(SessionStreams)
}
