/// Over how long a rate is taken.
public enum RateWindow: String, Sendable, Hashable, CaseIterable {
    /// The last ten seconds.
    case tenSeconds = "10s"
    /// The last minute.
    case oneMinute = "1m"
    /// The last five minutes.
    case fiveMinutes = "5m"

    /// The length in seconds.
    public var seconds: Int {
        switch self {
        case .tenSeconds: 10
        case .oneMinute: 60
        case .fiveMinutes: 300
        }
    }
}
