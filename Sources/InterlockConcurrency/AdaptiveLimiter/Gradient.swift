/// A limit that follows how long calls take: it shrinks when they take longer than they used to, and grows otherwise.
///
/// The gradient of Netflix's second version: the long average of call times over the time of the latest call, within
/// 0.5 and 1, times the limit, plus room for a short queue, smoothed. See "Performance Under Load", Netflix Technology
/// Blog, and the Gradient2 limit of their concurrency-limits library.
package struct Gradient: Sendable {
    package private(set) var limit: Double
    private var minimum: Double
    private var maximum: Double
    private let tolerance: Double
    private let smoothing: Double
    private let queue: Double
    private let longWindow: Double
    /// Nanoseconds; the exponential average of call times.
    private var longTime = 0.0
    private var samples = 0.0

    package init(
        initial: Int, minimum: Int, maximum: Int, tolerance: Double = 1.5, smoothing: Double = 0.2, queue: Int = 4,
        longWindow: Int = 600
    ) {
        self.minimum = Double(Self.sensible(minimum))
        self.maximum = max(self.minimum, Double(Self.sensible(maximum)))
        self.limit = min(self.maximum, max(self.minimum, Double(initial)))
        self.tolerance = max(1, tolerance)
        self.smoothing = min(1, max(0.01, smoothing))
        self.queue = Double(max(0, queue))
        self.longWindow = Double(max(10, longWindow))
    }

    /// Changes the bounds. Returns the limit from now on, which is moved into them.
    package mutating func setBounds(minimum newMinimum: Int, maximum newMaximum: Int) -> Int {
        minimum = Double(Self.sensible(newMinimum))
        maximum = max(minimum, Double(Self.sensible(newMaximum)))
        limit = min(maximum, max(minimum, limit))
        return Int(limit)
    }

    /// A bound between 1 and a billion, which is more than anybody runs at a time and a whole number as a `Double` too.
    private static func sensible(_ bound: Int) -> Int { min(1_000_000_000, max(1, bound)) }

    /// A call has taken so long while so many were under way, itself among them. Returns the limit from now on.
    package mutating func record(_ duration: Duration, active: Int) -> Int {
        let time = Double(max(1, duration.wholeNanoseconds))
        learn(time)
        // When load has gone and calls are much faster, the average comes down faster than its window would let it.
        if longTime / time > 2 { longTime *= 0.95 }
        // Who does not use half of the limit learns nothing about it.
        guard Double(active) >= limit / 2 else { return Int(limit) }
        let gradient = max(0.5, min(1, tolerance * longTime / time))
        let target = limit * gradient + queue
        limit = min(maximum, max(minimum, limit * (1 - smoothing) + target * smoothing))
        return Int(limit)
    }

    /// A call was turned away by an overloaded callee. Returns the limit from now on.
    package mutating func recordOverload() -> Int {
        limit = max(minimum, limit * 0.9)
        return Int(limit)
    }

    private mutating func learn(_ time: Double) {
        samples = min(longWindow, samples + 1)
        // The plain mean of the first ten, then exponential with the weight of the window.
        let weight = samples <= 10 ? 1 / samples : 2 / (longWindow + 1)
        longTime += (time - longTime) * weight
    }
}
