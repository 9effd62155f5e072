/// Where readings of memory come from: the system's in production, a script in tests.
public protocol MemoryReader: Sendable {
    /// How short memory is now; `nil` where nobody can tell. Must be quick: it is called on a task's own thread.
    func read() -> MemoryReading?
}
