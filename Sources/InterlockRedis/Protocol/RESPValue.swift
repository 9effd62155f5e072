/// One value of the Redis protocol, version 3.
public enum RESPValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    /// An integer of any length, as its digits.
    case bigNumber(String)
    /// A short line, such as `OK`.
    case text(String)
    /// Any bytes.
    case bytes([UInt8])
    /// Text with its kind, `txt` or `mkd`.
    case verbatim(kind: String, bytes: [UInt8])
    /// What the server answers instead of a result.
    case error(RESPErrorReply)
    case array([RESPValue])
    case set([RESPValue])
    /// Entries in the order they came; keys may repeat.
    case map([Entry])
    /// What the server sends unasked.
    case push([RESPValue])

    /// One entry of a map.
    public struct Entry: Sendable, Hashable {
        public var key: RESPValue
        public var value: RESPValue

        public init(key: RESPValue, value: RESPValue) {
            self.key = key
            self.value = value
        }
    }

    /// The value as text, if it is some and is UTF-8.
    public var string: String? {
        switch self {
        case .text(let text), .bigNumber(let text): text
        case .bytes(let bytes), .verbatim(_, let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The value's bytes, if it is a string of any kind.
    public var data: [UInt8]? {
        switch self {
        case .bytes(let bytes), .verbatim(_, let bytes): bytes
        case .text(let text): Array(text.utf8)
        default: nil
        }
    }

    /// The value as an integer, also when it came as its digits.
    public var int: Int64? {
        switch self {
        case .integer(let number): number
        case .text, .bytes: string.flatMap { Int64($0) }
        default: nil
        }
    }

    /// The elements of an array, a set or a push.
    public var elements: [RESPValue]? {
        switch self {
        case .array(let elements), .set(let elements), .push(let elements): elements
        default: nil
        }
    }

    /// The value under a text key of a map, also of one sent as an array of alternating keys and values.
    public subscript(key: String) -> RESPValue? {
        switch self {
        case .map(let entries): return entries.first { $0.key.string == key }?.value
        case .array(let elements):
            for index in stride(from: 0, to: elements.count - 1, by: 2) where elements[index].string == key { return elements[index + 1] }
            return nil
        default: return nil
        }
    }
}

/// An error that the server answered with.
public struct RESPErrorReply: Sendable, Hashable, CustomStringConvertible {
    /// The first word, in capitals by convention: `WRONGTYPE`, `MOVED`, or `ERR` for most.
    public var code: String
    /// The whole line, with the code.
    public var message: String

    public init(_ message: String) {
        self.message = message
        code = String(message.prefix { $0 != " " })
    }

    public var description: String { message }
}
