/// The key of a property in JSON, as the decoders that ``ToolInput()`` writes name it.
public struct PropertyKey: CodingKey, ExpressibleByStringLiteral {
    public let stringValue: String
    /// Always nil: members have names, not numbers.
    public var intValue: Int? { nil }

    public init(stringValue: String) { self.stringValue = stringValue }
    public init(stringLiteral text: String) { self.stringValue = text }
    /// Always nil.
    public init?(intValue: Int) { nil }
}
