extension JSONWriter {
    /// Writes quotes around UTF-8 text and escapes what must be: plain runs are copied whole.
    mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(ASCII.quote)
        if let base = text.baseAddress {
            var copied = 0
            var cursor = Self.plainEnd(base, from: 0, count: text.count)
            while cursor < text.count {
                bytes.append(contentsOf: UnsafeBufferPointer(start: base + copied, count: cursor - copied))
                appendEscape(base[cursor])
                copied = cursor + 1
                cursor = Self.plainEnd(base, from: copied, count: text.count)
            }
            bytes.append(contentsOf: UnsafeBufferPointer(start: base + copied, count: text.count - copied))
        }
        bytes.append(ASCII.quote)
    }

    /// Writes a comma where one is due, quotes around a name without escapes, and the colon, in one step.
    @inline(__always)
    mutating func appendPlainName(_ name: UnsafeBufferPointer<UInt8>) {
        guard let source = name.baseAddress else { return append(needsComma ? ",\"\":" : "\"\":") }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: name.count + 4) { text in
            guard let start = text.baseAddress else { return }
            var end = start
            if needsComma { end.initialize(to: ASCII.comma); end += 1 }
            end.initialize(to: ASCII.quote)
            end += 1
            end.initialize(from: source, count: name.count)
            end += name.count
            end.initialize(to: ASCII.quote)
            (end + 1).initialize(to: ASCII.colon)
            bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: end - start + 2))
        }
    }

    /// Where the next byte stands that must be escaped, or the end.
    @inline(__always)
    private static func plainEnd(_ base: UnsafePointer<UInt8>, from start: Int, count: Int) -> Int {
        var cursor = start
        while count - cursor >= 8 {
            let word = UnsafeRawPointer(base + cursor).loadUnaligned(as: UInt64.self).littleEndian
            let stops = StringBytes.escapes(in: word)
            if stops != 0 { return cursor &+ (stops.trailingZeroBitCount >> 3) }
            cursor &+= 8
        }
        while cursor < count {
            let byte = base[cursor]
            if byte < 0x20 || byte == ASCII.quote || byte == ASCII.backslash { return cursor }
            cursor &+= 1
        }
        return count
    }

    private mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case ASCII.quote: append("\\\"")
        case ASCII.backslash: append("\\\\")
        case 0x08: append("\\b")
        case 0x0C: append("\\f")
        case ASCII.lineFeed: append("\\n")
        case ASCII.carriageReturn: append("\\r")
        case ASCII.tab: append("\\t")
        default:
            append("\\u00")
            bytes.append(ASCII.zero + byte >> 4)
            let low = byte & 0x0F
            bytes.append(low < 10 ? ASCII.zero + low : 0x61 - 10 + low)
        }
    }
}
