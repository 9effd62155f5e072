#if !os(Linux)
extension ProcessStatistics {
    /// Always `nil`: these numbers are read from `/proc`, which only Linux has.
    public static func current(includingProportional: Bool = false) -> ProcessStatistics? { nil }
}
#endif
