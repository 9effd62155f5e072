/// The severity of a log message, ordered from `debug` to `emergency` (RFC 5424).
/// Spec: 2026-07-28, Server Features › Logging (deprecated there).
public enum LoggingLevel: String, WireEnumeration, Comparable, Sendable, Hashable, Codable {
    /// Details for finding faults.
    case debug
    /// Normal operation.
    case info
    /// Normal but worth noting.
    case notice
    /// Something may go wrong.
    case warning
    /// Something went wrong.
    case error
    /// A part has failed.
    case critical
    /// Someone must act now.
    case alert
    /// Nothing works.
    case emergency

    /// Orders levels by severity.
    public static func < (left: LoggingLevel, right: LoggingLevel) -> Bool {
        left.severity < right.severity
    }

    private var severity: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .notice: 2
        case .warning: 3
        case .error: 4
        case .critical: 5
        case .alert: 6
        case .emergency: 7
        }
    }
}
