/// The type of a JSON value.
public enum JSONKind: String, Sendable, Hashable {
    /// The value `null`.
    case null
    /// `true` or `false`.
    case bool
    /// A number, integral or not: JSON has one type for both.
    case number
    /// A string.
    case string
    /// An array.
    case array
    /// An object.
    case object

    /// The type of the validated value that starts with `byte`.
    init(firstByte byte: UInt8) {
        switch byte {
        case ASCII.quote: self = .string
        case ASCII.openBrace: self = .object
        case ASCII.openBracket: self = .array
        case 0x74, 0x66: self = .bool
        case 0x6E: self = .null
        default: self = .number
        }
    }
}
