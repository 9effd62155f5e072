/// Text in an HTTP header field: as it is where that is safe, else `=?base64?…?=` around the base64 of its UTF-8.
/// Spec: 2026-07-28, Transports › Streamable HTTP.
public enum HeaderValue {
    /// Why a field's value is not valid text.
    public struct Malformed: Error, Sendable, Hashable {
        /// What is wrong, as the second half of a sentence.
        public var reason: String
    }

    private static let opening = "=?base64?"
    private static let closing = "?="

    /// The value to send: the text itself if it is visible ASCII, spaces and tabs without white space at the ends and does
    /// not look encoded, else its encoded form.
    public static func encode(_ text: String) -> String {
        isSafe(text) ? text : opening + Base64.encode(text.utf8) + closing
    }

    /// The text of a received value. White space around it is ignored; the markers are lowercase exactly.
    public static func decode(_ value: String) throws(Malformed) -> String {
        let value = trimmed(value)
        guard value.utf8.allSatisfy(isPlain) else { throw Malformed(reason: "it has characters outside visible ASCII") }
        guard looksEncoded(value) else { return value }
        let content = value.utf8.dropFirst(opening.utf8.count).dropLast(closing.utf8.count)
        guard let bytes = Base64.decode(Substring(content)) else { throw Malformed(reason: "its base64 is not valid") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Malformed(reason: "its base64 is not UTF-8 text")
        }
        return text
    }

    /// Whether a text can be sent as it is.
    public static func isSafe(_ text: String) -> Bool {
        text.utf8.allSatisfy(isPlain) && !isWhiteSpace(text.utf8.first) && !isWhiteSpace(text.utf8.last)
            && !looksEncoded(text)
    }

    static func trimmed(_ value: String) -> String {
        guard isWhiteSpace(value.utf8.first) || isWhiteSpace(value.utf8.last) else { return value }
        var rest = Substring(value).utf8
        while isWhiteSpace(rest.first) { rest.removeFirst() }
        while isWhiteSpace(rest.last) { rest.removeLast() }
        return String(Substring(rest))
    }

    private static func looksEncoded(_ text: String) -> Bool {
        text.utf8.count >= opening.utf8.count + closing.utf8.count && text.hasPrefix(opening) && text.hasSuffix(closing)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) || byte == 0x09
    }

    private static func isWhiteSpace(_ byte: UInt8?) -> Bool {
        byte == 0x20 || byte == 0x09
    }
}
