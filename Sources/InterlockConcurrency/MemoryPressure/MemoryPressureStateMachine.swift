/// Whether caches are to give memory back, judged by one reading after the other.
package struct MemoryPressureStateMachine: Sendable {
    private let configuration: MemoryPressureConfiguration
    private var limitHits: Int?
    private var pausedUntil: MonotonicTime?
    package private(set) var latest: MemoryReading?
    package private(set) var readings = 0
    package private(set) var unreadable = 0
    package private(set) var reliefs = 0

    package init(_ configuration: MemoryPressureConfiguration) {
        self.configuration = configuration
    }

    /// Takes a reading in. Returns the share that caches are to keep; `nil` when they may keep all.
    package mutating func observe(_ reading: MemoryReading?, now: MonotonicTime) -> Double? {
        guard let reading else {
            unreadable += 1
            return nil
        }
        readings += 1
        latest = reading
        // The first count says how it was before; only more of it since then is news.
        let hasHitLimit = zip(reading.limitHits, limitHits).map { $0 > $1 } ?? false
        limitHits = reading.limitHits
        if let pausedUntil, now < pausedUntil { return nil }
        let kept: Double
        if reading.fullyStalled >= configuration.fullyStalled {
            kept = 0
        } else if hasHitLimit || reading.stalled >= configuration.stalled {
            kept = configuration.kept
        } else {
            return nil
        }
        reliefs += 1
        pausedUntil = now + configuration.pause
        return kept
    }

    private func zip(_ one: Int?, _ other: Int?) -> (Int, Int)? {
        one.flatMap { one in other.map { (one, $0) } }
    }
}
