extension JSONScanner {
    /// Reads a string whose opening quote stands at the position.
    ///
    /// Plain text is passed eight bytes at a time; escapes and UTF-8 sequences are checked where they occur.
    mutating func string() throws(ScanFailure) -> StringToken {
        let start = position + 1
        var cursor = start
        var isEscaped = false
        while true {
            while end - cursor >= 8 {
                let word = UnsafeRawPointer(base + cursor).loadUnaligned(as: UInt64.self).littleEndian
                let stops = StringBytes.stops(in: word)
                if stops != 0 {
                    cursor &+= stops.trailingZeroBitCount >> 3
                    break
                }
                cursor &+= 8
            }
            guard cursor < end else { throw ScanFailure(reason: .unterminatedString, offset: start - 1) }
            let byte = base[cursor]
            if byte == ASCII.quote {
                position = cursor &+ 1
                return StringToken(start: start, end: cursor, isEscaped: isEscaped)
            }
            if byte >= 0x80 {
                repeat { cursor = try sequence(at: cursor) } while cursor < end && base[cursor] >= 0x80
            } else if byte == ASCII.backslash {
                isEscaped = true
                cursor = try escape(at: cursor)
            } else if byte < 0x20 {
                throw ScanFailure(reason: .controlCharacter, offset: cursor)
            } else {
                cursor &+= 1
            }
        }
    }

    /// Checks one UTF-8 sequence of two to four bytes (RFC 3629 §4) and returns where it ends.
    @inline(__always)
    private func sequence(at cursor: Int) throws(ScanFailure) -> Int {
        let lead = base[cursor]
        let available = end - cursor
        switch lead {
        case 0xC2...0xDF:
            if available >= 2, StringBytes.isContinuation(base[cursor + 1]) { return cursor + 2 }
        case 0xE0...0xEF:
            if available >= 3, StringBytes.isContinuation(base[cursor + 1]), StringBytes.isContinuation(base[cursor + 2]) {
                let second = base[cursor + 1]
                let isOverlong = lead == 0xE0 && second < 0xA0
                let isSurrogate = lead == 0xED && second >= 0xA0
                if !isOverlong && !isSurrogate { return cursor + 3 }
            }
        case 0xF0...0xF4:
            if available >= 4, StringBytes.isContinuation(base[cursor + 1]),
                StringBytes.isContinuation(base[cursor + 2]), StringBytes.isContinuation(base[cursor + 3])
            {
                let second = base[cursor + 1]
                let isOverlong = lead == 0xF0 && second < 0x90
                let isBeyondUnicode = lead == 0xF4 && second >= 0x90
                if !isOverlong && !isBeyondUnicode { return cursor + 4 }
            }
        default: break
        }
        throw ScanFailure(reason: .invalidUTF8, offset: cursor)
    }

    /// Checks one escape, or the two of a surrogate pair, and returns where it ends.
    private func escape(at cursor: Int) throws(ScanFailure) -> Int {
        guard cursor + 1 < end else { throw ScanFailure(reason: .unterminatedString, offset: cursor) }
        switch base[cursor + 1] {
        case ASCII.quote, ASCII.backslash, ASCII.slash, 0x62, 0x66, 0x6E, 0x72, 0x74:  // b f n r t
            return cursor + 2
        case 0x75:  // u
            let unit = try codeUnit(at: cursor)
            guard unit & 0xF800 == 0xD800 else { return cursor + 6 }
            guard unit < 0xDC00, cursor + 7 < end, base[cursor + 6] == ASCII.backslash, base[cursor + 7] == 0x75 else {
                throw ScanFailure(reason: .unpairedSurrogate, offset: cursor)
            }
            guard try codeUnit(at: cursor + 6) & 0xFC00 == 0xDC00 else {
                throw ScanFailure(reason: .unpairedSurrogate, offset: cursor)
            }
            return cursor + 12
        default:
            throw ScanFailure(reason: .unknownEscape, offset: cursor)
        }
    }

    /// The four digits of the `\u` escape at `cursor`.
    private func codeUnit(at cursor: Int) throws(ScanFailure) -> UInt32 {
        guard end - cursor >= 6, let unit = StringBytes.codeUnit(base + cursor + 2) else {
            throw ScanFailure(reason: .malformedUnicodeEscape, offset: cursor)
        }
        return unit
    }
}
