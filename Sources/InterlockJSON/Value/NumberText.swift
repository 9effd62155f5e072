/// Conversion of validated number text to machine numbers.
enum NumberText {
    /// The value of integer syntax; nil if it does not fit, or if `bytes` has a fraction or exponent.
    static func integer<T: FixedWidthInteger>(_ bytes: UnsafeBufferPointer<UInt8>, as type: T.Type) -> T? {
        var digits = bytes[...]
        let isNegative = digits.first == ASCII.minus
        if isNegative { digits = digits.dropFirst() }
        if digits.count <= 18 {
            var magnitude: Int64 = 0
            for byte in digits {
                guard ASCII.isDigit(byte) else { return nil }
                magnitude = magnitude &* 10 &+ Int64(byte &- ASCII.zero)
            }
            return T(exactly: isNegative ? -magnitude : magnitude)
        }
        var value: T = 0
        for byte in digits {
            guard ASCII.isDigit(byte), let digit = T(exactly: byte &- ASCII.zero) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, carry) = isNegative
                ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !overflow, !carry else { return nil }
            value = next
        }
        return value
    }

    /// The value of any number syntax, if it is integral and fits: 3 for `3.0`, 1000 for `1e3`.
    static func integral<T: FixedWidthInteger>(_ bytes: UnsafeBufferPointer<UInt8>, as type: T.Type) -> T? {
        if let value = integer(bytes, as: type) { return value }
        let decimal = ExactDecimal(bytes)
        if decimal.isZero { return 0 }
        // No integer type Swift has reaches 40 digits.
        guard decimal.exponent >= 0, decimal.digits.count + decimal.exponent <= 40 else { return nil }
        var plain: [UInt8] = decimal.isNegative ? [ASCII.minus] : []
        plain += decimal.digits.lazy.map { $0 + ASCII.zero }
        plain += repeatElement(ASCII.zero, count: decimal.exponent)
        return plain.withUnsafeBufferPointer { integer($0, as: type) }
    }

    /// The nearest `Double`; infinite beyond the largest one.
    static func double(_ text: String) -> Double {
        var text = text
        return text.withUTF8 { double($0) }
    }

    /// The nearest `Double`; infinite beyond the largest one.
    static func double(_ bytes: UnsafeBufferPointer<UInt8>) -> Double {
        if let value = shortDouble(bytes) { return value }
        guard let value = Double(String(decoding: bytes, as: UTF8.self)) else {
            preconditionFailure("a validated JSON number is one for Double, too")
        }
        return value
    }

    /// The exact product of a mantissa below 2^53 and a power of ten below 10^23, where both are exact
    /// in a `Double` and one rounding gives the nearest value (Clinger 1990); nil for longer numbers.
    private static func shortDouble(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        guard bytes.count <= 24 else { return nil }
        var mantissa: UInt64 = 0
        var scale = 0
        var digits = 0
        var cursor = bytes.first == ASCII.minus ? 1 : 0
        var sawPeriod = false
        scan: while cursor < bytes.count {
            let byte = bytes[cursor]
            switch byte {
            case ASCII.period: sawPeriod = true
            case ASCII.zero...ASCII.nine:
                mantissa = mantissa &* 10 &+ UInt64(byte &- ASCII.zero)
                digits += 1
                if sawPeriod { scale -= 1 }
            default: break scan
            }
            cursor += 1
        }
        guard digits <= 19, mantissa < 1 << 53 else { return nil }
        if cursor < bytes.count {  // an exponent
            cursor += 1
            let isNegative = bytes[cursor] == ASCII.minus
            if isNegative || bytes[cursor] == ASCII.plus { cursor += 1 }
            guard bytes.count - cursor <= 4 else { return nil }
            var exponent = 0
            while cursor < bytes.count {
                exponent = exponent * 10 + Int(bytes[cursor] &- ASCII.zero)
                cursor += 1
            }
            scale += isNegative ? -exponent : exponent
        }
        guard abs(scale) <= 22 else { return nil }
        var value = Double(mantissa)
        if scale < 0 { value /= powersOfTen[-scale] } else { value *= powersOfTen[scale] }
        return bytes.first == ASCII.minus ? -value : value
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
        1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
