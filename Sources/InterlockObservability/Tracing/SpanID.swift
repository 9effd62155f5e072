/// The 8 bytes that tell a span from the others of its trace; never all zero.
public struct SpanID: Sendable, Hashable, CustomStringConvertible {
    /// The bytes, big-endian.
    public let value: UInt64

    /// Makes an id; `nil` for zero, which W3C Trace Context §3.2.2.4 forbids.
    public init?(_ value: UInt64) {
        guard value != 0 else { return nil }
        self.value = value
    }

    /// 16 lower-case hexadecimal digits.
    public var description: String { HexDigits.text(value) }
}
