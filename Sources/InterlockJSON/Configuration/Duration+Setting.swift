extension Duration {
    /// Reads `250ms`, `30s`, `10m`, `4h`, `1.5h`, `7d`; a bare number is seconds. `nil` for anything else, and for more than a year.
    public init?(setting text: String) {
        let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)]
        let unit = units.first { text.hasSuffix($0.suffix) }
        let number = text.dropLast(unit?.suffix.count ?? 0)
        guard number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let value = Double(number) else { return nil }
        let seconds = value * (unit?.seconds ?? 1)
        guard seconds <= 366 * 86_400 else { return nil }
        self = .nanoseconds(Int64((seconds * 1e9).rounded()))
    }
}
