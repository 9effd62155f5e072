extension Duration {
    /// Nanoseconds, saturating.
    var nanosecondsRounded: Int64 {
        let (seconds, attoseconds) = components
        guard abs(seconds) < 9_000_000_000 else { return seconds > 0 ? .max : .min }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    var seconds: Double { Double(nanosecondsRounded) / 1e9 }

    init(seconds: Double) { self = .nanoseconds(Int64(max(-9e18, min(9e18, (seconds * 1e9).rounded())))) }
}
