import Synchronization

/// The guard of a pool's processes: made with the first of them and shared by all.
final class ProcessGuardSlot: Sendable {
    private let made = Mutex<ProcessGuard?>(nil)

    /// The guard; `nil` where there can be none, which the next process tries again.
    var shared: ProcessGuard? {
        made.withLock { made in
            // Who needs to know reads it in the documentation of the pool: the workers' own streams are the second line.
            if made == nil { made = try? ProcessGuard() }
            return made
        }
    }
}
