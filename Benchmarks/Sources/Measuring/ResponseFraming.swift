import CLinux
import Glibc

/// Finds where an HTTP/1.1 response ends: by its length, or by its last chunk.
///
/// Just enough for servers that answer well-formed responses over a connection kept open.
struct ResponseFraming {
    /// A complete response at the beginning of the bytes.
    struct Response {
        var status: Int
        var headLength: Int
        var length: Int
    }

    /// The first response in `bytes`, or nil if there is more to come.
    static func response(in bytes: UnsafeRawBufferPointer) -> Response? {
        guard let base = bytes.baseAddress, bytes.count > 12, let end = memmem(base, bytes.count, "\r\n\r\n", 4) else { return nil }
        let headLength = UnsafeRawPointer(end) - base + 4
        let status = Int(bytes[9] - 48) * 100 + Int(bytes[10] - 48) * 10 + Int(bytes[11] - 48)
        let head = UnsafeRawBufferPointer(rebasing: bytes[..<headLength])
        if let length = value(of: "content-length", in: head) {
            let total = headLength + (Int(length) ?? 0)
            return total <= bytes.count ? Response(status: status, headLength: headLength, length: total) : nil
        }
        if value(of: "transfer-encoding", in: head) != nil {
            return chunked(bytes, headLength).map { Response(status: status, headLength: headLength, length: $0) }
        }
        return Response(status: status, headLength: headLength, length: headLength)
    }

    /// The value of a field by its name in lower case.
    static func value(of name: StaticString, in head: UnsafeRawBufferPointer) -> String? {
        var start = 0
        while start < head.count, let newline = memchr(head.baseAddress! + start, 0x0A, head.count - start) {
            let end = UnsafeRawPointer(newline) - head.baseAddress!
            let colon = start + name.utf8CodeUnitCount
            if colon < end, head[colon] == UInt8(ascii: ":"), (0..<name.utf8CodeUnitCount).allSatisfy({ head[start + $0] | 0x20 == name.utf8Start[$0] | 0x20 }) {
                var value = head[(colon + 1)..<end]
                while let first = value.first, first == 0x20 { value = value.dropFirst() }
                while let last = value.last, last == 0x0D || last == 0x20 { value = value.dropLast() }
                return String(decoding: value, as: UTF8.self)
            }
            start = end + 1
        }
        return nil
    }

    /// The end of a chunked body, or nil if it is not there yet.
    private static func chunked(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var position = start
        while position < bytes.count, let newline = memchr(bytes.baseAddress! + position, 0x0A, bytes.count - position) {
            let end = UnsafeRawPointer(newline) - bytes.baseAddress!
            let digits = bytes[position..<end].prefix { isxdigit(Int32($0)) != 0 }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
            position = end + 1 + size + 2
            if size == 0 { return position <= bytes.count ? position : nil }
        }
        return nil
    }
}
