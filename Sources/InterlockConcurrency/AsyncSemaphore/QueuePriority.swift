/// Who goes first when several wait: higher before lower, and first come first served among equals.
public struct QueuePriority: RawRepresentable, Sendable, Hashable, Comparable {
    /// The greater, the earlier.
    public var rawValue: Int

    /// Makes a priority; any integer will do.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// For work that can wait for a quiet moment.
    public static let low = QueuePriority(rawValue: -10)
    /// For everything that does not say otherwise.
    public static let normal = QueuePriority(rawValue: 0)
    /// For work that must not stand behind the rest, such as a health check.
    public static let high = QueuePriority(rawValue: 10)

    public static func < (left: QueuePriority, right: QueuePriority) -> Bool { left.rawValue < right.rawValue }
}
