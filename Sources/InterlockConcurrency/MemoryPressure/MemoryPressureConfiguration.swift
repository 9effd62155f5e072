/// When caches give memory back, and how much.
public struct MemoryPressureConfiguration: Sendable, Hashable {
    /// How often to look. The kernel's shares are of the last ten seconds, so oftener than every second tells little.
    public var interval: Duration
    /// The share of time, 0 to 1, in which some task stood still for want of memory, from which on caches keep ``kept``.
    public var stalled: Double
    /// The share in which all did, from which on caches keep nothing.
    public var fullyStalled: Double
    /// What caches keep of what they hold, 0 to 1, each time.
    public var kept: Double
    /// How long to wait after caches have given back before they do again, since the shares go down slowly.
    public var pause: Duration

    /// Makes a configuration; what makes no sense is moved to the nearest value that does.
    public init(
        interval: Duration = .seconds(1), stalled: Double = 0.1, fullyStalled: Double = 0.1, kept: Double = 0.5, pause: Duration = .seconds(10)
    ) {
        self.interval = max(.milliseconds(10), interval)
        self.stalled = stalled
        self.fullyStalled = fullyStalled
        self.kept = min(1, max(0, kept))
        self.pause = max(.zero, pause)
    }
}
