public import InterlockConcurrency

/// Whether a value, memory above all, keeps rising: the robust slope of a bounded window of its samples.
///
/// A pure value: whoever owns it feeds it. Samples closer together than the window's step are left out, so it spans its
/// window however often it is fed.
public struct MemorySlope: Sendable {
    /// How far back it looks.
    public let window: Duration
    private let step: Duration
    private var samples: RingBuffer<(time: MonotonicTime, value: Double)>

    /// Makes an empty window.
    ///
    /// - Parameters:
    ///   - window: How far back it looks; at least a second.
    ///   - points: Samples it keeps at most, from 4 to 500.
    public init(over window: Duration = .seconds(1_800), points: Int = 120) {
        let points = min(500, max(4, points))
        self.window = max(.seconds(1), window)
        step = self.window / points
        samples = RingBuffer(capacity: points)
    }

    /// Samples in it.
    public var count: Int { samples.count }

    /// Takes a sample in, unless the last one is too fresh; forgets what is older than the window.
    public mutating func add(_ value: Double, at time: MonotonicTime) {
        while let first = samples.first, time - first.time > window { _ = samples.popFirst() }
        if let last = samples.last, time - last.time < step { return }
        guard value.isFinite else { return }
        samples.append((time, value))
    }

    /// The slope per second, with the plain interval, which a long window suits; `nil` until the samples cover half the window, since less says little.
    public func estimate() -> TheilSenSlope? {
        guard let first = samples.first, let last = samples.last, last.time - first.time >= window / 2 else { return nil }
        return TheilSenSlope(samples.map { (x: Double(($0.time - first.time).wholeNanoseconds) / 1e9, y: $0.value) }, isWidened: false)
    }
}
