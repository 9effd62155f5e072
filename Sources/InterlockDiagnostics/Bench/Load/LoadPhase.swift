/// A stretch of a load at one rate, or at a rate that rises or falls evenly: a ramp, a soak and a spike are made of these.
public struct LoadPhase: Sendable, Hashable {
    public var name: String
    /// Calls per second at its beginning and at its end.
    public var rate: ClosedEnds
    public var duration: Duration

    /// Both ends of an even change.
    public struct ClosedEnds: Sendable, Hashable {
        public var from: Double
        public var to: Double
    }

    /// Describes a phase; `to` is `from` unless it says otherwise.
    public init(_ name: String = "steady", rate from: Double, to: Double? = nil, duration: Duration) {
        self.name = name
        self.rate = ClosedEnds(from: from, to: to ?? from)
        self.duration = duration
    }

    /// Calls it brings in all.
    var calls: Double { (rate.from + rate.to) / 2 * duration.seconds }

    /// When in the phase so many calls of it are due, in seconds.
    func time(ofCall number: Double) -> Double {
        let (from, length) = (rate.from, duration.seconds)
        let slope = length > 0 ? (rate.to - from) / length : 0
        // The root of from·t + slope·t²/2 = number, in the form that stays exact for small slopes.
        let root = max(0, from * from + 2 * slope * number).squareRoot()
        let sum = from + root
        return sum > 0 ? min(length, 2 * number / sum) : 0
    }
}
