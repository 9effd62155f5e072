/// Durations as alerts show them: a whole number and one of `ms`, `s`, `m`, `h`.
enum AlertDuration {
    static func text(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        if duration != .seconds(seconds) { return "\(Int64(duration / .milliseconds(1)))ms" }
        if seconds > 0, seconds % 3_600 == 0 { return "\(seconds / 3_600)h" }
        return seconds > 0 && seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
    }
}
