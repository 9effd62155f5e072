/// What was wrong with a JSON text, a number, or a value that had to be of another type.
public struct JSONError: Error, Sendable, Hashable {
    /// The kind of failure; compare with `==` against the static members.
    public struct Code: Sendable, Hashable {
        private enum Kind: String {
            case syntax, invalidUTF8, depthExceeded, sizeExceeded, keyCountExceeded, duplicateMember
            case trailingBytes, typeMismatch, missingKey, numberOutOfRange
        }
        private let kind: Kind

        /// The bytes break the grammar of RFC 8259.
        public static let syntax = Code(kind: .syntax)
        /// A string holds bytes that are not well-formed UTF-8, or the text starts with a byte order mark.
        public static let invalidUTF8 = Code(kind: .invalidUTF8)
        /// Containers are nested deeper than ``JSONLimits/maximumDepth``.
        public static let depthExceeded = Code(kind: .depthExceeded)
        /// The text is longer than ``JSONLimits/maximumBytes``.
        public static let sizeExceeded = Code(kind: .sizeExceeded)
        /// The objects of the text have more members than ``JSONLimits/maximumKeys`` in all.
        public static let keyCountExceeded = Code(kind: .keyCountExceeded)
        /// A member that may occur once occurs again.
        public static let duplicateMember = Code(kind: .duplicateMember)
        /// Something other than white space follows the value.
        public static let trailingBytes = Code(kind: .trailingBytes)
        /// The value is of another JSON type than the one asked for.
        public static let typeMismatch = Code(kind: .typeMismatch)
        /// An object lacks a member that is required.
        public static let missingKey = Code(kind: .missingKey)
        /// The number has no place in the type asked for, or is not finite.
        public static let numberOutOfRange = Code(kind: .numberOutOfRange)
    }

    /// The kind of failure.
    public var code: Code
    /// What was wrong, where, and what to do, in one sentence for a person.
    public var message: String
    /// Byte offset from the start of the text, where one is known.
    public var offset: Int?
    /// Member names and array positions that lead to the value; empty at the root.
    public var path: [String]

    /// Creates a failure.
    public init(code: Code, message: String, offset: Int? = nil, path: [String] = []) {
        self.code = code
        self.message = message
        self.offset = offset
        self.path = path
    }
}

extension JSONError.Code: CustomStringConvertible {
    /// The name of the code, as it is spelt in source.
    public var description: String { kind.rawValue }
}

extension JSONError: CustomStringConvertible {
    /// Code, message, path and offset in one line.
    public var description: String {
        var text = "\(code): \(message)"
        if !path.isEmpty { text += " (at /" + path.joined(separator: "/") + ")" }
        if let offset { text += " (byte \(offset))" }
        return text
    }
}
