extension Double {
    /// The number with so many digits after the point, without a locale.
    func fixed(_ digits: Int) -> String {
        guard isFinite, abs(self) < 1e15 else { return isFinite ? "\(self)" : "-" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = (magnitude * scale).rounded()
        guard whole < 9e18, digits > 0 else { return "\(sign == .minus && whole > 0 ? "-" : "")\(Int64(min(9e18, whole)))" }
        let (integer, fraction) = Int64(whole).quotientAndRemainder(dividingBy: Int64(scale))
        let tail = "\(fraction)"
        return (sign == .minus && whole > 0 ? "-" : "") + "\(integer)." + String(repeating: "0", count: digits - tail.count) + tail
    }
}
