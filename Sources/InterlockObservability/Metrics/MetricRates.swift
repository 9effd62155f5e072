/// How fast a total grew, per second, over each of the windows.
public struct MetricRates: Sendable, Hashable {
    /// Over the last ten seconds.
    public var tenSeconds: Double
    /// Over the last minute.
    public var oneMinute: Double
    /// Over the last five minutes.
    public var fiveMinutes: Double

    /// Makes rates; by default nothing moves.
    public init(tenSeconds: Double = 0, oneMinute: Double = 0, fiveMinutes: Double = 0) {
        self.tenSeconds = tenSeconds
        self.oneMinute = oneMinute
        self.fiveMinutes = fiveMinutes
    }

    /// The rate over one window.
    public subscript(window: RateWindow) -> Double {
        switch window {
        case .tenSeconds: tenSeconds
        case .oneMinute: oneMinute
        case .fiveMinutes: fiveMinutes
        }
    }
}
