/// Gives a duration back that was measured with noise: somebody meant ten milliseconds, and the clocks say 9.997 to 10.004.
///
/// `Task.sleep(for:)` adds its duration to the real clock before the executor sees it, so the duration is known only to
/// lie between two readings. People write round numbers; the roundest one within is what was meant.
package enum RoundDuration {
    /// The multiple of the largest power of ten within the range, in nanoseconds; 1 for what is shorter than 10 µs.
    package static func roundest(in range: ClosedRange<Int64>) -> Int64 {
        guard range.upperBound >= 10_000 else { return 1 }
        var unit: Int64 = 1_000_000_000_000
        while unit > 1_000 {
            let multiple = range.upperBound / unit * unit
            if multiple > 0, multiple >= range.lowerBound { return multiple }
            unit /= 10
        }
        return max(1, range.upperBound / unit * unit)
    }
}
