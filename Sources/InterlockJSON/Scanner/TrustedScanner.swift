/// Reads bytes that were validated before: it finds where values stand and checks nothing.
///
/// A lookup passes most of what it meets, often several times, so it looks at quotes and brackets alone. That the bytes
/// are one valid value is a condition of ``RawJSON``; running past their end all the same stops the process.
struct TrustedScanner {
    let base: UnsafePointer<UInt8>
    let end: Int
    var position: Int

    /// Starts at the first byte of one validated value.
    init(_ buffer: UnsafeBufferPointer<UInt8>) {
        guard let base = buffer.baseAddress else { preconditionFailure("a validated JSON text is never empty") }
        self.base = base
        self.end = buffer.count
        self.position = 0
    }

    /// The next byte that is not white space, still to be read.
    @inline(__always)
    mutating func peek() -> UInt8 {
        while position < end {
            let byte = base[position]
            if byte > ASCII.space { return byte }
            position &+= 1
        }
        preconditionFailure("bytes that were validated end inside a value")
    }

    /// Reads `byte` if it comes next.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position &+= 1
        return true
    }

    /// Reads a string whose opening quote comes next.
    @inline(__always)
    mutating func string() -> StringToken {
        let start = position &+ 1
        var isEscaped = false
        var cursor = start
        while true {
            while end &- cursor >= 8 {
                let word = UnsafeRawPointer(base + cursor).loadUnaligned(as: UInt64.self).littleEndian
                let stops = Self.stops(in: word)
                if stops != 0 {
                    cursor &+= stops.trailingZeroBitCount >> 3
                    break
                }
                cursor &+= 8
            }
            guard cursor < end else { preconditionFailure("bytes that were validated end inside a string") }
            let byte = base[cursor]
            if byte == ASCII.quote {
                position = cursor &+ 1
                return StringToken(start: start, end: cursor, isEscaped: isEscaped)
            }
            if byte == ASCII.backslash {
                isEscaped = true
                cursor &+= 1
            }
            cursor &+= 1
        }
    }

    /// Reads a member's name and its colon.
    @inline(__always)
    mutating func memberName() -> StringToken {
        _ = peek()
        let name = string()
        _ = peek()
        position &+= 1
        return name
    }

    /// Passes the next value; returns where it starts. The position is then its end.
    mutating func skipValue() -> Int {
        let first = peek()
        let start = position
        switch first {
        case ASCII.quote:
            _ = string()
        case ASCII.openBrace, ASCII.openBracket:
            skipContainer()
        default:
            // A number or a word goes up to what may follow it: a comma, a closing bracket, white space.
            repeat { position &+= 1 } while position < end && Self.isScalar(base[position])
        }
        return start
    }

    private mutating func skipContainer() {
        var depth = 0
        while position < end {
            let byte = base[position]
            if byte == ASCII.quote {
                _ = string()
                continue
            }
            position &+= 1
            // Both opening brackets, and both closing ones, differ in one bit.
            if byte | 0x20 == ASCII.openBrace {
                depth &+= 1
            } else if byte | 0x20 == ASCII.closeBrace {
                depth &-= 1
                if depth == 0 { return }
            }
        }
        preconditionFailure("bytes that were validated end inside a container")
    }

    @inline(__always)
    private static func isScalar(_ byte: UInt8) -> Bool {
        byte > ASCII.space && byte != ASCII.comma && byte | 0x20 != ASCII.closeBrace
    }

    /// Marks, with the top bit of a byte, quotes and backslashes; the lowest mark is exact.
    @inline(__always)
    private static func stops(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        return (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & 0x8080_8080_8080_8080
    }
}
