/// Looks for the highest rate a server bears: doubles until a step breaks, then halves the gap. Pure.
public struct BreakingPointSearch: Sendable, Hashable {
    /// What a step must keep.
    public struct Bounds: Sendable, Hashable {
        public var p99: Duration
        /// From 0 to 1.
        public var errorShare: Double

        /// Sets the bounds.
        public init(p99: Duration = .milliseconds(500), errorShare: Double = 0.01) {
            self.p99 = p99
            self.errorShare = errorShare
        }

        /// Calls that a step must bring for its p99 to be believed: with 300 of them it is likelier than not, by 19 to 1, that one in a hundred would show.
        public static let leastCalls = 300

        /// The lowest rate at which a step of this length is sure to bring so many, a fifth more than needed, because arrivals by chance may be fewer.
        public static func leastRate(over duration: Duration) -> Double { 1.2 * Double(leastCalls) / max(1e-9, duration.seconds) }

        /// Whether a step of this kind keeps them: it must also get through what was offered, and that must be enough to tell.
        public func hold(_ result: LoadResult) -> Bool {
            guard result.total.calls >= Self.leastCalls, let p99 = result.total.latency.quantile(0.99) else { return false }
            return p99 <= self.p99 && result.total.errorShare <= errorShare && result.dropped == 0 && result.total.calls >= result.offered * 95 / 100
        }
    }

    /// The last rate that held; nil while none has.
    public private(set) var lastGood: Double?
    /// The lowest rate that broke.
    public private(set) var firstBad: Double?
    /// The rate at which the generator could not keep up; the search is over then, because the server was not what broke.
    public private(set) var generatorLimit: Double?
    /// The rate of the next step; nil when the search is over.
    public private(set) var next: Double?
    private var isSecondTry = false
    private let precision: Double
    private let minimum: Double
    private let maximum: Double

    /// Begins at a rate; ends when the gap is smaller than `precision` of it, at `maximum`, and where it would go below `minimum`.
    public init(from rate: Double, minimum: Double = 0.25, maximum: Double = 1_000_000, precision: Double = 0.05) {
        next = rate
        self.minimum = minimum
        self.precision = precision
        self.maximum = maximum
    }

    /// What has been found so far, and in the end.
    public var found: BreakingPoint { BreakingPoint(lastGood: lastGood, breakingPoint: firstBad, generatorLimit: generatorLimit) }

    /// Takes the outcome of the step at ``next``. A broken step is tried once more, because one hiccup of the machine is no breaking point.
    ///
    /// - Parameter isGeneratorBound: whether the generator may have been the limit of this step; when it breaks twice like that, the search ends.
    public mutating func finished(held: Bool, isGeneratorBound: Bool = false) {
        guard let rate = next else { return }
        if held {
            lastGood = rate
            isSecondTry = false
            guard let bad = firstBad else {
                next = rate >= maximum ? nil : min(maximum, rate * 2)
                return
            }
            next = bad - rate <= precision * rate ? nil : (rate + bad) / 2
        } else if !isSecondTry {
            isSecondTry = true
        } else if isGeneratorBound {
            generatorLimit = rate
            next = nil
        } else {
            firstBad = rate
            isSecondTry = false
            guard let good = lastGood else {
                next = rate / 2 < minimum ? nil : rate / 2
                return
            }
            next = rate - good <= precision * good ? nil : (good + rate) / 2
        }
    }
}
