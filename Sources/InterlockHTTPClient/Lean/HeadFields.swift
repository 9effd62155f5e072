internal import NIOHTTP1

/// What the head of one HTTP/1.1 response says about its body and its connection. Pure. Spec: RFC 9112 §4, §5, §6 and §9, RFC 2068 §19.7.1.1.
struct HeadFields: Sendable {
    private(set) var status: Int
    private(set) var content = ResponseReader.Content.other
    private(set) var length: Int?
    private(set) var isChunked = false
    private(set) var keepsAlive: Bool
    /// For how long the server keeps the connection open without a request, if it says so.
    private(set) var keepAlive: Duration?
    /// Every field of a response that is no success.
    private(set) var refusal: HTTPHeaders?

    /// Reads a whole head, its empty line included.
    init(_ bytes: Span<UInt8>) throws(ResponseFramer.Malformed) {
        var end = Self.endOfLine(bytes, from: 0)
        guard let first = end, first >= 12, Self.equals(bytes, 0..<7, "http/1."), let number = Self.number(bytes, 9..<12), number >= 100,
            first == 12 || bytes[12] == 0x20 || bytes[12] == 0x0D
        else { throw ResponseFramer.Malformed(reason: "it does not begin as HTTP/1.1 does") }
        status = number
        let isOld = bytes[7] == UInt8(ascii: "0")
        keepsAlive = !isOld
        if !(200..<300).contains(number) { refusal = HTTPHeaders() }
        while let start = end.map({ $0 + 1 }) {
            end = Self.endOfLine(bytes, from: start)
            guard let end else { break }
            let last = end > start && bytes[end - 1] == 0x0D ? end - 1 : end
            guard last > start else { break }
            guard let colon = Self.colon(bytes, in: start..<last) else { throw ResponseFramer.Malformed(reason: "a line of its head is no field") }
            try take(bytes, name: start..<colon, value: Self.trimmed(bytes, (colon + 1)..<last), isOld: isOld)
        }
        guard !isChunked || length == nil else { throw ResponseFramer.Malformed(reason: "it has both a Content-Length and a Transfer-Encoding") }
    }

    private mutating func take(_ bytes: Span<UInt8>, name: Range<Int>, value: Range<Int>, isOld: Bool) throws(ResponseFramer.Malformed) {
        switch name.count {
        case 10 where Self.equals(bytes, name, "connection"):
            if Self.contains(bytes, value, "close") { keepsAlive = false } else if isOld, Self.contains(bytes, value, "keep-alive") { keepsAlive = true }
        case 10 where Self.equals(bytes, name, "keep-alive"):
            keepAlive = Self.keepAlive(bytes, value)
        case 12 where Self.equals(bytes, name, "content-type"):
            content = Self.content(bytes, value)
        case 14 where Self.equals(bytes, name, "content-length"):
            guard let number = Self.number(bytes, value), length ?? number == number else {
                throw ResponseFramer.Malformed(reason: "its Content-Length is not one number")
            }
            length = number
        case 17 where Self.equals(bytes, name, "transfer-encoding"):
            guard Self.equals(bytes, value, "chunked"), !isChunked else { throw ResponseFramer.Malformed(reason: "its Transfer-Encoding is not 'chunked'") }
            isChunked = true
        default: break
        }
        refusal?.add(name: Self.text(bytes, name), value: Self.text(bytes, value))
    }

    /// The `timeout` of a `Keep-Alive` field; `nil` where it has none, or no whole number of seconds.
    static func keepAlive(_ value: String) -> Duration? {
        let bytes = Array(value.utf8)
        return keepAlive(bytes.span, 0..<bytes.count)
    }

    private static func keepAlive(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Duration? {
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start
            while end < range.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
            let word = trimmed(bytes, start..<end)
            if word.count > 8, equals(bytes, word.prefix(8), "timeout=") {
                return number(bytes, word.dropFirst(8)).map { .seconds(Int64($0)) }
            }
            start = end + 1
        }
        return nil
    }

    private static func content(_ bytes: Span<UInt8>, _ value: Range<Int>) -> ResponseReader.Content {
        var end = value.lowerBound
        while end < value.upperBound, bytes[end] != UInt8(ascii: ";") { end += 1 }
        let type = trimmed(bytes, value.lowerBound..<end)
        if equals(bytes, type, "application/json") { return .json }
        return equals(bytes, type, "text/event-stream") ? .events : .other
    }

    private static func endOfLine(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if bytes[index] == 0x0A { return index }
            index += 1
        }
        return nil
    }

    /// Where a field's name ends. A line that goes on with the value before it begins with a space, and is refused as one without a name.
    private static func colon(_ bytes: Span<UInt8>, in line: Range<Int>) -> Int? {
        for index in line {
            switch bytes[index] {
            case UInt8(ascii: ":"): return index > line.lowerBound ? index : nil
            case ...0x20, 0x7F...: return nil
            default: break
            }
        }
        return nil
    }

    private static func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return start..<end
    }

    /// Digits and nothing else; `nil` for more than 15.
    private static func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard (1...15).contains(range.count) else { return nil }
        var number = 0
        for index in range {
            guard (0x30...0x39).contains(bytes[index]) else { return nil }
            number = number * 10 + Int(bytes[index] - 0x30)
        }
        return number
    }

    /// Whether the bytes are this text, which is in lower case, in whatever case.
    private static func equals(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count {
            let byte = bytes[range.lowerBound + offset]
            let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            guard lower == text.utf8Start[offset] else { return false }
        }
        return true
    }

    /// Whether a list that is separated by commas has this word.
    private static func contains(_ bytes: Span<UInt8>, _ range: Range<Int>, _ word: StaticString) -> Bool {
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start
            while end < range.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
            if equals(bytes, trimmed(bytes, start..<end), word) { return true }
            start = end + 1
        }
        return false
    }

    private static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
