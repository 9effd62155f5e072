extension JSONWriter {
    /// Writes an integer.
    public mutating func int(_ value: Int) { int64(Int64(value)) }

    /// Writes an integer.
    public mutating func int64(_ value: Int64) {
        separate()
        if value < 0 { bytes.append(ASCII.minus) }
        appendDigits(value.magnitude)
    }

    /// Writes an integer.
    public mutating func uint64(_ value: UInt64) {
        separate()
        appendDigits(value)
    }

    /// Writes the shortest decimal that reads back as `value`; integral values as `3.0`.
    /// - Throws: ``JSONError/Code/numberOutOfRange`` if the value is infinite or not a number.
    public mutating func double(_ value: Double) throws(JSONError) {
        guard value.isFinite else {
            throw JSONError(
                code: .numberOutOfRange, message: "JSON has no \(value); write a finite number, a string or null")
        }
        plain(value.description)
    }

    /// Writes a number as it is spelt.
    public mutating func number(_ value: JSONNumber) {
        switch value.storage {
        case .integer(let value): int64(value)
        case .text(let text): plain(text)
        }
    }

    /// Writes text that is JSON already.
    mutating func plain(_ text: String) {
        separate()
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func appendDigits(_ magnitude: UInt64) {
        if magnitude < 10 {
            bytes.append(ASCII.zero &+ UInt8(truncatingIfNeeded: magnitude))
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = magnitude
            var start = 20
            repeat {
                start &-= 1
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                digits[start] = ASCII.zero &+ UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest > 0
            bytes.append(contentsOf: UnsafeMutableBufferPointer(rebasing: digits[start...]))
        }
    }
}
