extension JSONNumber {
    /// Whether both stand for the same number, however written: `1`, `1.0` and `10e-1` do.
    ///
    /// Exact for digits of any length, in time linear in them. Exponents beyond ±2^59 count as that.
    public func isNumericallyEqual(to other: JSONNumber) -> Bool {
        self == other || Self.numericCompare(self, other) == 0
    }

    /// Where `a` stands beside `b` as a number: −1 below, 0 equal, 1 above. Exact as ``isNumericallyEqual(to:)``.
    public static func numericCompare(_ a: JSONNumber, _ b: JSONNumber) -> Int {
        if case .integer(let x) = a.storage, case .integer(let y) = b.storage {
            return x < y ? -1 : x > y ? 1 : 0
        }
        return ExactDecimal.compare(a.decimal, b.decimal)
    }

    /// Whether the number has no fractional part, however written: `1.0` and `1e3` have none.
    public var isIntegral: Bool {
        if case .integer = storage { return true }
        return decimal.exponent >= 0
    }

    /// Whether the number is an integral multiple of `divisor`; false if the divisor is zero.
    ///
    /// Exact in decimal (`0.3` is a multiple of `0.1`) for divisors of up to 19 significant digits;
    /// beyond that the remainder of the nearest `Double`s decides.
    public func isMultiple(of divisor: JSONNumber) -> Bool {
        if case .integer(let x) = storage, case .integer(let y) = divisor.storage {
            return y != 0 && x.magnitude % y.magnitude == 0
        }
        if let exact = decimal.isMultiple(of: divisor.decimal) { return exact }
        return double.truncatingRemainder(dividingBy: divisor.double) == 0
    }

    private var decimal: ExactDecimal { ExactDecimal(text.utf8) }
}
