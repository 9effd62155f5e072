/// The id of a JSON-RPC 2.0 request, with its JSON type kept: `1` and `"1"` are two ids.
///
/// Strings are the same id when their bytes are.
public enum RequestID: Sendable, Hashable {
    /// A JSON number without fraction or exponent.
    case integer(Int64)
    /// A JSON string; the empty one is an id, too.
    case string(String)

    /// Whether both are the same id, type included.
    public static func == (a: RequestID, b: RequestID) -> Bool {
        switch (a, b) {
        case (.integer(let x), .integer(let y)): x == y
        case (.string(let x), .string(let y)): StringBytes.same(x, y)
        default: false
        }
    }
}

extension RequestID: CustomStringConvertible {
    /// The id as JSON text: a string id has its quotes.
    public var description: String {
        switch self {
        case .integer(let value): String(value)
        case .string(let value): JSONValue.string(value).description
        }
    }
}

extension RequestID: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    /// An integer id.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A string id.
    public init(stringLiteral value: String) { self = .string(value) }
}

extension RequestID: Codable {
    /// Reads a string or an integer; any other value, `1.0` included, is refused.
    public init(from decoder: any Decoder) throws {
        switch try JSONValue(from: decoder) {
        case .string(let value): self = .string(value)
        case .number(let number):
            guard let value = number.int else { fallthrough }
            self = .integer(Int64(value))
        default:
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "a request id must be a string or an integer"))
        }
    }

    /// Writes the string or the integer.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .integer(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        }
    }
}

extension JSONWriter {
    /// Writes a request id, or `null` where a response answers a request whose id was not readable.
    public mutating func id(_ id: RequestID?) {
        switch id {
        case .integer(let value): int64(value)
        case .string(let value): string(value)
        case nil: null()
        }
    }
}
