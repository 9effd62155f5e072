/// The one validating reader of JSON bytes: every byte of every text goes through it.
///
/// It reads forward from `position`, allocates nothing, and must not outlive the buffer it was made for.
/// What each value means is left to the caller: a lookup, a message, or a ``JSONEventSink``.
struct JSONScanner {
    let base: UnsafePointer<UInt8>
    let end: Int
    var position = 0
    let maximumDepth: Int
    var remainingKeys: Int

    /// Starts at the first byte. Refuses texts that are empty, too long, or start with a byte order mark.
    init(_ buffer: UnsafeBufferPointer<UInt8>, limits: JSONLimits) throws(ScanFailure) {
        guard let base = buffer.baseAddress, buffer.count > 0 else {
            throw ScanFailure(reason: .empty, offset: 0)
        }
        guard buffer.count <= limits.maximumBytes else {
            throw ScanFailure(reason: .size, offset: limits.maximumBytes)
        }
        if base[0] == 0xEF, buffer.count >= 3, base[1] == 0xBB, base[2] == 0xBF {
            throw ScanFailure(reason: .byteOrderMark, offset: 0)
        }
        self.base = base
        self.end = buffer.count
        self.maximumDepth = min(limits.maximumDepth, JSONLimits.deepestNesting)
        self.remainingKeys = limits.maximumKeys
    }

    /// Starts at `position` of bytes that were validated before: no limit applies.
    init(trusted buffer: UnsafeBufferPointer<UInt8>, at position: Int = 0) {
        guard let base = buffer.baseAddress else { preconditionFailure("a validated JSON text is never empty") }
        self.base = base
        self.end = buffer.count
        self.position = position
        self.maximumDepth = .max
        self.remainingKeys = .max
    }

    @inline(__always)
    func failure(_ reason: ScanFailure.Reason) -> ScanFailure { ScanFailure(reason: reason, offset: position) }

    @inline(__always)
    mutating func skipWhitespace() {
        while position < end {
            let byte = base[position]
            guard byte <= ASCII.space,
                byte == ASCII.space || byte == ASCII.lineFeed || byte == ASCII.carriageReturn || byte == ASCII.tab
            else { return }
            position += 1
        }
    }

    /// The next byte that is not white space, still to be read.
    @inline(__always)
    mutating func peek() throws(ScanFailure) -> UInt8 {
        skipWhitespace()
        guard position < end else { throw failure(.unexpectedEnd) }
        return base[position]
    }

    /// Reads `byte` if it comes next.
    @inline(__always)
    mutating func take(_ byte: UInt8) throws(ScanFailure) -> Bool {
        guard try peek() == byte else { return false }
        position += 1
        return true
    }

    /// Reads a member's name and its colon.
    @inline(__always)
    mutating func memberName() throws(ScanFailure) -> StringToken {
        guard try peek() == ASCII.quote else { throw failure(.expectedKey) }
        guard remainingKeys > 0 else { throw failure(.keys) }
        remainingKeys &-= 1
        let name = try string()
        guard try take(ASCII.colon) else { throw failure(.expectedColon) }
        return name
    }

    /// Reads what may stand after the value of a whole text.
    mutating func finish() throws(ScanFailure) {
        skipWhitespace()
        guard position == end else { throw failure(.trailing) }
    }

    mutating func literal() throws(ScanFailure) -> JSONLiteral {
        switch base[position] {
        case 0x74:  // t
            guard matches(0x65_75_72_74) else { throw failure(.unknownLiteral) }
            position += 4
            return .true
        case 0x6E:  // n
            guard matches(0x6C_6C_75_6E) else { throw failure(.unknownLiteral) }
            position += 4
            return .null
        default:
            guard end - position >= 5, base[position] == 0x66 else { throw failure(.unknownLiteral) }
            position += 1
            guard matches(0x65_73_6C_61) else {
                position -= 1
                throw failure(.unknownLiteral)
            }
            position += 4
            return .false
        }
    }

    /// Whether the four bytes at the position are those of a little-endian word.
    @inline(__always)
    private func matches(_ word: UInt32) -> Bool {
        guard end - position >= 4 else { return false }
        return UnsafeRawPointer(base + position).loadUnaligned(as: UInt32.self).littleEndian == word
    }

    mutating func number() throws(ScanFailure) -> NumberToken {
        let start = position
        var isInteger = true
        if base[position] == ASCII.minus {
            position += 1
            guard position < end else { throw failure(.unexpectedEnd) }
        }
        if base[position] == ASCII.zero {
            position += 1
            if position < end, ASCII.isDigit(base[position]) { throw failure(.leadingZero) }
        } else {
            try digits()
        }
        if position < end, base[position] == ASCII.period {
            isInteger = false
            position += 1
            try digits()
        }
        if position < end, base[position] | 0x20 == 0x65 {  // e, E
            isInteger = false
            position += 1
            if position < end, base[position] == ASCII.plus || base[position] == ASCII.minus { position += 1 }
            try digits()
        }
        return NumberToken(start: start, end: position, isInteger: isInteger)
    }

    /// Reads one digit or more.
    @inline(__always)
    private mutating func digits() throws(ScanFailure) {
        let start = position
        while position < end, ASCII.isDigit(base[position]) { position &+= 1 }
        guard position > start else { throw failure(position < end ? .malformedNumber : .unexpectedEnd) }
    }
}
