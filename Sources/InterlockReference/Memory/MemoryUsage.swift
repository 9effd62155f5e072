/// What the process's memory is used for at one moment, in bytes.
struct MemoryUsage: Sendable, Hashable {
    /// Allocated by the program and not freed.
    var inUse: Int
    /// Held by the allocator, in use or free.
    var arena: Int
    /// Resident in memory, all together.
    var resident: Int
    /// Resident, but of mapped files and shared memory rather than the allocator: code, libraries, databases.
    var otherMapped: Int
}
