/// How many resources a pool keeps, for how long, and who may wait for one.
public struct ResourcePoolConfiguration: Sendable, Hashable {
    /// Resources that ``ResourcePool/run()`` keeps ready, also when nobody uses them.
    public var minimum: Int
    /// Resources there may be at a time, with those being made and closed.
    public var maximum: Int
    /// For how long a resource beyond the minimum may lie unused. `nil` means for ever.
    public var idleLifetime: Duration?
    /// How old a resource may become; it is closed when it is idle or comes back. `nil` means for ever.
    public var lifetime: Duration?
    /// A resource that lay unused for this long is validated before it is lent. Zero validates every time, `nil` never.
    public var validateAfter: Duration?
    /// How many callers may wait, for how long, and who goes when there are too many.
    public var queue: QueueConfiguration
    /// How often ``ResourcePool/run()`` looks for what is over and what is missing.
    public var maintenanceInterval: Duration

    /// Makes a configuration; what makes no sense is moved to the nearest value that does.
    public init(
        minimum: Int = 0, maximum: Int, idleLifetime: Duration? = .seconds(300), lifetime: Duration? = nil,
        validateAfter: Duration? = .seconds(30), queue: QueueConfiguration = .init(), maintenanceInterval: Duration = .seconds(5)
    ) {
        self.maximum = max(1, maximum)
        self.minimum = min(self.maximum, max(0, minimum))
        self.idleLifetime = idleLifetime
        self.lifetime = lifetime
        self.validateAfter = validateAfter
        self.queue = queue
        self.maintenanceInterval = max(.milliseconds(1), maintenanceInterval)
    }
}
