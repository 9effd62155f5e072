/// What a ``MemoryPressure`` has seen and done. Counters run since it was made.
public struct MemoryPressureSnapshot: Sendable, Hashable {
    /// The latest reading; `nil` before there was one.
    public var latest: MemoryReading?
    /// Readings taken.
    public var readings: Int
    /// Times there was no reading: all of them on a system that has none.
    public var unreadable: Int
    /// Times the caches were told to give memory back.
    public var reliefs: Int
    /// What they gave back, each by its own measure: bytes, or entries for a cache bounded by entries.
    public var freed: Int
    /// Caches that are told.
    public var caches: Int
}
