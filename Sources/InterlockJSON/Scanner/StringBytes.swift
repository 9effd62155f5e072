/// Byte-level rules of JSON strings, shared by the reader and the writer.
enum StringBytes {
    /// Marks, with the top bit of a byte, where plain ASCII text stops: a quote, a backslash,
    /// a control character or a byte of a UTF-8 sequence.
    ///
    /// Only the lowest mark is exact (a borrow may mark bytes above it), which is all a search needs.
    @inline(__always)
    static func stops(in word: UInt64) -> UInt64 {
        (escapes(in: word) | word) & 0x8080_8080_8080_8080
    }

    /// As ``stops(in:)``, but lets UTF-8 sequences pass: what a writer has to escape.
    @inline(__always)
    static func escapes(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let control = (word &- (ones &* 0x20)) & ~word
        return (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & 0x8080_8080_8080_8080
    }

    @inline(__always)
    static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// The number four hexadecimal digits spell, or nil if they are not digits.
    @inline(__always)
    static func codeUnit(_ digits: UnsafePointer<UInt8>) -> UInt32? {
        guard let a = ASCII.hexadecimal(digits[0]), let b = ASCII.hexadecimal(digits[1]),
            let c = ASCII.hexadecimal(digits[2]), let d = ASCII.hexadecimal(digits[3])
        else { return nil }
        return a << 12 | b << 8 | c << 4 | d
    }

    /// Whether two strings have the same bytes. `String`'s own `==` also holds for different spellings of
    /// one character, which JSON keeps apart.
    @inline(__always)
    static func same(_ a: String, _ b: String) -> Bool { a == b && a.utf8.elementsEqual(b.utf8) }

    /// The text of a validated string.
    static func text(_ token: StringToken, in base: UnsafePointer<UInt8>) -> String {
        let content = UnsafeBufferPointer(start: base + token.start, count: token.end - token.start)
        guard token.isEscaped else { return String(decoding: content, as: UTF8.self) }
        // No escape is shorter than the UTF-8 it stands for.
        return String(unsafeUninitializedCapacity: content.count) { unescape(content, into: $0) }
    }

    /// Writes validated content without its escapes and returns the count of bytes written.
    private static func unescape(_ content: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        guard let source = content.baseAddress else { return 0 }
        var cursor = 0
        var count = 0
        func put(_ byte: UInt8) {
            output[count] = byte
            count += 1
        }
        while cursor < content.count {
            let byte = source[cursor]
            guard byte == ASCII.backslash else {
                put(byte)
                cursor += 1
                continue
            }
            let kind = source[cursor + 1]
            cursor += 2
            switch kind {
            case 0x62: put(0x08)
            case 0x66: put(0x0C)
            case 0x6E: put(ASCII.lineFeed)
            case 0x72: put(ASCII.carriageReturn)
            case 0x74: put(ASCII.tab)
            case 0x75:
                var scalar = codeUnit(source + cursor) ?? 0xFFFD
                cursor += 4
                if scalar & 0xFC00 == 0xD800 {
                    let low = codeUnit(source + cursor + 2) ?? 0xDC00
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                    cursor += 6
                }
                if scalar < 0x80 {
                    put(UInt8(scalar))
                } else if scalar < 0x800 {
                    put(UInt8(0xC0 | scalar >> 6))
                    put(UInt8(0x80 | scalar & 0x3F))
                } else if scalar < 0x10000 {
                    put(UInt8(0xE0 | scalar >> 12))
                    put(UInt8(0x80 | scalar >> 6 & 0x3F))
                    put(UInt8(0x80 | scalar & 0x3F))
                } else {
                    put(UInt8(0xF0 | scalar >> 18))
                    put(UInt8(0x80 | scalar >> 12 & 0x3F))
                    put(UInt8(0x80 | scalar >> 6 & 0x3F))
                    put(UInt8(0x80 | scalar & 0x3F))
                }
            default: put(kind)
            }
        }
        return count
    }
}
