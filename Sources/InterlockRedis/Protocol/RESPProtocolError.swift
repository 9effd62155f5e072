/// Bytes that are not the Redis protocol, or more of it than is accepted. The connection they came from is of no further use.
struct RESPProtocolError: Error, Sendable, Hashable, CustomStringConvertible {
    enum Code: Sendable, Hashable {
        case malformed, tooDeep, tooLong
    }

    var code: Code
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var description: String { "not a Redis reply: \(message)" }
}

/// How much of the protocol one reply may be.
struct RESPLimits: Sendable, Hashable {
    /// Aggregates within each other.
    var depth = 32
    /// Values in one reply, counted through all its aggregates.
    var values = 1_000_000
    /// Bytes of one string.
    var stringBytes = 64 << 20
    /// Bytes of one reply.
    var replyBytes = 256 << 20
    /// Bytes of a line: a number, a length, a simple string, an error.
    var lineBytes = 64 << 10
}
