/// Durations as rules spell them: a whole number and one of `ms`, `s`, `m`, `h`.
enum AlertDuration {
    /// The duration; `nil` when it is spelt otherwise or longer than a week.
    static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), digits.utf8.count <= 9 else { return nil }
        let duration: Duration
        switch text.dropFirst(digits.count) {
        case "ms": duration = .milliseconds(number)
        case "s": duration = .seconds(number)
        case "m": duration = .seconds(number * 60)
        case "h": duration = .seconds(number * 3_600)
        default: return nil
        }
        return duration <= .seconds(7 * 86_400) ? duration : nil
    }

    static func text(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        if duration != .seconds(seconds) { return "\(Int64(duration / .milliseconds(1)))ms" }
        if seconds > 0, seconds % 3_600 == 0 { return "\(seconds / 3_600)h" }
        return seconds > 0 && seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
    }
}
