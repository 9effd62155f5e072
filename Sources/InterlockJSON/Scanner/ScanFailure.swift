/// A failure inside the scanner: two words, so that throwing it costs nothing until it is described.
struct ScanFailure: Error {
    enum Reason: UInt8 {
        case empty, unexpectedEnd, unexpectedByte, expectedKey, expectedColon, expectedCommaOrEnd
        case unknownLiteral, malformedNumber, leadingZero
        case unterminatedString, controlCharacter, unknownEscape, malformedUnicodeEscape, unpairedSurrogate
        case invalidUTF8, byteOrderMark
        case depth, keys, size, trailing
    }

    var reason: Reason
    var offset: Int

    /// The same failure in public words.
    func described(limits: JSONLimits) -> JSONError {
        JSONError(code: code, message: message(limits: limits), offset: offset)
    }

    private var code: JSONError.Code {
        switch reason {
        case .invalidUTF8, .byteOrderMark: .invalidUTF8
        case .depth: .depthExceeded
        case .keys: .keyCountExceeded
        case .size: .sizeExceeded
        case .trailing: .trailingBytes
        default: .syntax
        }
    }

    private func message(limits: JSONLimits) -> String {
        switch reason {
        case .empty: "the text is empty; send one JSON value"
        case .unexpectedEnd: "the text ends inside a value"
        case .unexpectedByte: "no JSON value starts at byte \(offset)"
        case .expectedKey: "a member name in double quotes must stand at byte \(offset)"
        case .expectedColon: "a colon must follow the member name before byte \(offset)"
        case .expectedCommaOrEnd: "a comma or the end of the container must stand at byte \(offset)"
        case .unknownLiteral: "the word at byte \(offset) is none of true, false and null"
        case .malformedNumber: "the number is malformed at byte \(offset)"
        case .leadingZero: "a number must not start with a zero followed by digits (byte \(offset))"
        case .unterminatedString: "a string has no closing quote"
        case .controlCharacter: "the control character at byte \(offset) must be escaped inside a string"
        case .unknownEscape: "the escape at byte \(offset) is not one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u"
        case .malformedUnicodeEscape: "four hexadecimal digits must follow \\u at byte \(offset)"
        case .unpairedSurrogate: "the \\u escape at byte \(offset) is half of a surrogate pair"
        case .invalidUTF8: "the bytes at \(offset) are not well-formed UTF-8"
        case .byteOrderMark: "the text starts with a byte order mark; send UTF-8 without one"
        case .depth: "containers are nested deeper than \(min(limits.maximumDepth, JSONLimits.deepestNesting)) levels"
        case .keys: "the text has more than \(limits.maximumKeys) object members"
        case .size: "the text is longer than \(limits.maximumBytes) bytes"
        case .trailing: "something other than white space follows the value at byte \(offset)"
        }
    }
}
