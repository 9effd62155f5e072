import InterlockConcurrency

extension GrowthRule {
    /// Judges a series. Pure: the same readings give the same judgement.
    ///
    /// The warm-up is dropped. Where a collector makes the readings a saw, only the readings after its runs are looked at. Growth is a leak only
    /// if the interval of its slope is above zero, it adds up to ``leastGrowth``, the last two fifths grow as the first three do, and no single
    /// step makes most of it.
    ///
    /// No leak is a claim too, and is made only where nothing speaks against it: a line that rises for certain by a quarter of ``leastGrowth`` or more,
    /// and neither stops nor is one step, is not enough data, and so is a jump of ``leastGrowth`` that no line explains. Where it grows by less than
    /// ``leastPiece`` a cycle, a line counts from four times as much on, in both.
    public func judge(_ series: GrowthSeries) -> GrowthJudgement {
        let late = series.after(share: warmUp)
        func judgement(_ verdict: GrowthJudgement.Verdict, _ fit: TheilSenSlope?, _ growth: Double, _ reason: String) -> GrowthJudgement {
            let resolution = late.span > 0 ? max(leastSlope(over: late.span), fit.map { $0.slope > 0 && verdict == .leak ? 0 : $0.high } ?? 0) : .infinity
            return GrowthJudgement(verdict: verdict, slope: fit, growth: growth, resolution: resolution, reason: reason)
        }
        guard late.points.count >= leastReadings, late.span > 0 else {
            return judgement(.notEnoughData, nil, 0, "\(late.points.count) readings after the warm-up, \(leastReadings) are needed")
        }
        let troughs = late.troughs
        // What goes up and down by less than counts hides nothing that counts.
        let saw = troughs.count >= 2 && late.height >= leastGrowth
        if saw, troughs.count < 6 {
            return judgement(.notEnoughData, nil, 0, "a collector ran \(troughs.count) times, 6 runs are needed to see what stays")
        }
        let used = GrowthSeries(saw ? troughs : late.points)
        guard let fit = TheilSenSlope(used.points) else { return judgement(.notEnoughData, nil, 0, "the readings make no line") }
        let growth = used.rise
        let expected = fit.slope * used.span
        let isSlow = max(fit.high, growth / used.span) < leastPiece
        let least = isSlow ? 4 * leastGrowth : leastGrowth
        if growth < leastGrowth || (fit.low <= 0 && expected < leastGrowth && !used.stopped(leastGrowth)) {
            if fit.low <= 0, (fit.high - fit.slope) * used.span > 4 * leastGrowth, fit.high * used.span > 4 * leastGrowth {
                return judgement(.notEnoughData, fit, growth, "the readings vary too much to tell")
            }
            if fit.low > 0, expected >= least / 4, !used.stopped(leastGrowth / 4), !used.isOneStep {
                return judgement(.notEnoughData, fit, growth, "it grows steadily, by too little yet to tell a leak from chance: a longer run tells")
            }
            if growth >= leastGrowth, growth > 2 * max(0, fit.high) * used.span {
                return judgement(.notEnoughData, fit, growth, "it grew in a jump: a longer run tells whether there are more")
            }
            let isPool = isSlow && fit.low > 0 && expected >= leastGrowth / 4
            return judgement(.noLeak, fit, growth, isPool ? "it grew by less than anything takes that each cycle keeps: a pool fills" : "no growth beyond chance")
        }
        if used.stopped(leastGrowth) { return judgement(.plateau, fit, growth, "it grew, and stopped") }
        guard !isSlow || expected >= least else {
            return judgement(.notEnoughData, fit, growth, "it grows by less than anything takes that each cycle keeps: a longer run tells whether a pool fills, or some cycles leak")
        }
        guard fit.low > 0, expected >= least else { return judgement(.notEnoughData, fit, growth, "it grew, but not steadily") }
        let (head, tail) = used.split(at: 0.6)
        guard let first = TheilSenSlope(head.points), let last = TheilSenSlope(tail.points) else {
            return judgement(.notEnoughData, fit, growth, "too few readings to compare the beginning with the end")
        }
        if used.largestStep > 0.4 * growth { return judgement(.notEnoughData, fit, growth, "one step makes most of the growth") }
        if last.slope < 0.4 * first.slope { return judgement(.notEnoughData, fit, growth, "it grows more slowly towards the end: it may stop, or not") }
        return judgement(.leak, fit, growth, "it grew all the way")
    }
}

extension GrowthRule {
    /// The least growth a cycle that adds up to what counts over so many.
    private func leastSlope(over span: Double) -> Double {
        max(leastGrowth / span, min(4 * leastGrowth / span, leastPiece))
    }
}

extension GrowthSeries {
    /// From the lowest reading to the highest.
    fileprivate var height: Double { (points.map(\.y).max() ?? 0) - (points.map(\.y).min() ?? 0) }

    /// The last readings less the first ones, by medians of a tenth of them each.
    fileprivate var rise: Double {
        let count = max(2, points.count / 10)
        return TheilSenSlope.median(points.suffix(count).map(\.y)) - TheilSenSlope.median(points.prefix(count).map(\.y))
    }

    fileprivate func split(at share: Double) -> (head: GrowthSeries, tail: GrowthSeries) {
        guard let first = points.first?.x else { return (self, self) }
        let border = first + span * share
        return (GrowthSeries(points.filter { $0.x < border }), GrowthSeries(points.filter { $0.x >= border }))
    }

    /// Whether it grew by at least `least` and then not any more: the last two fifths grow by a tenth of the whole at most.
    fileprivate func stopped(_ least: Double) -> Bool {
        let tail = split(at: 0.6).tail
        guard rise >= least, tail.points.count >= 4, let last = TheilSenSlope(tail.points) else { return false }
        return last.slope * tail.span <= 0.1 * rise && tail.rise <= 0.15 * rise
    }

    /// Whether it is a step and no line: before and after its largest step, it rises by less than half of the whole.
    fileprivate var isOneStep: Bool {
        guard points.count >= 8 else { return false }
        func level(_ readings: ArraySlice<Point>) -> Double { TheilSenSlope.median(readings.map(\.y)) }
        let steps = (4...points.count - 4).map { (place: $0, rise: level(points[$0..<$0 + 4]) - level(points[$0 - 4..<$0])) }
        guard let largest = steps.max(by: { $0.rise < $1.rise }) else { return false }
        let sides = [points[..<largest.place], points[largest.place...]].map { GrowthSeries(Array($0)) }
        let beside = sides.reduce(0) { $0 + max(0, TheilSenSlope($1.points).map { $0.slope } ?? 0) * $1.span }
        return beside < rise / 2
    }

    /// The largest rise between the medians of three readings and of the next three, so that one reading that is off makes none.
    fileprivate var largestStep: Double {
        guard points.count >= 6 else { return zip(points, points.dropFirst()).map { $1.y - $0.y }.max() ?? 0 }
        let middle = zip(zip(points, points.dropFirst()), points.dropFirst(2)).map { TheilSenSlope.median([$0.0.y, $0.1.y, $1.y]) }
        return zip(middle, middle.dropFirst(3)).map { $1 - $0 }.max() ?? 0
    }
}
