/// A decimal number taken apart: `digits × 10^exponent`, with no zero at either end of the digits.
///
/// The form is unique, so two numbers are equal when their forms are. Work on it is bounded by the
/// length of the text: an exponent is never written out as zeros.
struct ExactDecimal: Equatable {
    private(set) var isNegative: Bool
    /// Values 0 to 9, most significant first; empty for zero.
    private(set) var digits: ArraySlice<UInt8>
    /// Saturates at ±``exponentBound``, far beyond what a number of measurable things needs.
    private(set) var exponent: Int

    static let exponentBound = 1 << 59

    var isZero: Bool { digits.isEmpty }

    /// Takes validated number text apart.
    init(_ text: some Collection<UInt8>) {
        var rest = text[...]
        isNegative = rest.first == ASCII.minus
        if isNegative { rest = rest.dropFirst() }
        var digits: [UInt8] = []
        digits.reserveCapacity(rest.count)
        var exponent = 0
        var sawPeriod = false
        while let byte = rest.first {
            rest = rest.dropFirst()
            if ASCII.isDigit(byte) {
                digits.append(byte - ASCII.zero)
                if sawPeriod { exponent -= 1 }
            } else if byte == ASCII.period {
                sawPeriod = true
            } else {  // e or E
                exponent += Self.exponent(rest)
                break
            }
        }
        let significant = digits[...].drop { $0 == 0 }
        let kept = significant.reversed().drop { $0 == 0 }.count
        self.digits = significant.prefix(kept)
        self.exponent = exponent + significant.count - kept
        if kept == 0 {
            isNegative = false
            self.exponent = 0
        }
    }

    private static func exponent(_ text: some Collection<UInt8>) -> Int {
        var value = 0
        for byte in text where ASCII.isDigit(byte) {
            value = min(value * 10 + Int(byte - ASCII.zero), exponentBound)
        }
        return text.first == ASCII.minus ? -value : value
    }

    /// Where `a` stands beside `b`: −1 below, 0 equal, 1 above.
    static func compare(_ a: ExactDecimal, _ b: ExactDecimal) -> Int {
        if a.isZero || b.isZero || a.isNegative != b.isNegative { return a.sign.compared(to: b.sign) }
        return magnitude(a, b) * a.sign
    }

    private var sign: Int { isZero ? 0 : isNegative ? -1 : 1 }

    private static func magnitude(_ a: ExactDecimal, _ b: ExactDecimal) -> Int {
        let places = (a.digits.count + a.exponent).compared(to: b.digits.count + b.exponent)
        if places != 0 { return places }
        for (x, y) in zip(a.digits, b.digits) where x != y { return x < y ? -1 : 1 }
        return a.digits.count.compared(to: b.digits.count)
    }

    /// Whether this is an integral multiple of `divisor`; nil if the divisor has more digits than the
    /// exact computation carries (it carries every divisor of up to 19 significant digits).
    func isMultiple(of divisor: ExactDecimal) -> Bool? {
        if divisor.isZero { return false }
        if isZero { return true }
        // With k < 0 the divisor has a factor of ten that this number, without trailing zeros, has not.
        let k = exponent - divisor.exponent
        if k < 0 { return false }
        guard divisor.digits.count <= 19 else { return nil }
        let modulus = divisor.digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1) }
        let remainder = remainder(modulo: modulus)
        let power = Self.powerOfTen(k, modulo: modulus)
        return Self.multiply(remainder, power, adding: 0, modulo: modulus) == 0
    }

    /// The digits, read as one integer, modulo `m`: eighteen of them a division.
    private func remainder(modulo m: UInt64) -> UInt64 {
        var result: UInt64 = 0
        var rest = digits
        while !rest.isEmpty {
            var chunk: UInt64 = 0
            var scale: UInt64 = 1
            for digit in rest.prefix(18) {
                chunk = chunk * 10 + UInt64(digit)
                scale *= 10
            }
            rest = rest.dropFirst(18)
            result = Self.multiply(result, scale, adding: chunk, modulo: m)
        }
        return result
    }

    private static func multiply(_ a: UInt64, _ b: UInt64, adding c: UInt64, modulo m: UInt64) -> UInt64 {
        var (high, low) = (a % m).multipliedFullWidth(by: b % m)
        let (sum, carry) = low.addingReportingOverflow(c % m)
        low = sum
        if carry { high += 1 }
        return m.dividingFullWidth((high, low)).remainder
    }

    private static func powerOfTen(_ exponent: Int, modulo m: UInt64) -> UInt64 {
        var result = 1 % m
        var factor = 10 % m
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = multiply(result, factor, adding: 0, modulo: m) }
            factor = multiply(factor, factor, adding: 0, modulo: m)
            rest >>= 1
        }
        return result
    }
}

extension Int {
    /// −1, 0 or 1.
    fileprivate func compared(to other: Int) -> Int { self < other ? -1 : self > other ? 1 : 0 }
}
