/// The part of a POST that all tool calls of a session share.
struct LeanRequest: Sendable {
    /// Request line and header fields as they are sent, without the length of the body, what belongs to one message, and the empty line.
    let head: [UInt8]
    /// Whether the head names a session.
    let hasSession: Bool
}
