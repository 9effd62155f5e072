public import InterlockConcurrency
import Synchronization

/// An application's values in this process's memory, under a bound that never costs a live value.
///
/// For one instance and for tests: nothing outlives the process. When it is full a commit that needs more room throws
/// ``StoreError/Code/full`` and changes nothing; values whose time is over make room by themselves.
public final class InMemoryStateStore: StateStore {
    private let table: Mutex<StateTable>
    private let clock: any SchedulingClock

    /// - Parameters:
    ///   - maximumEntries: Values that are kept at a time.
    ///   - maximumBytes: Bytes of keys and values, each with a fixed overhead.
    ///   - clock: Decides what has expired.
    public init(maximumEntries: Int = 100_000, maximumBytes: Int = 64 << 20, clock: any SchedulingClock = SystemClock.shared) {
        precondition(maximumEntries > 0 && maximumBytes > 0, "InMemoryStateStore(maximumEntries: \(maximumEntries), maximumBytes: \(maximumBytes)): both must be positive")
        table = Mutex(StateTable(maximumEntries: maximumEntries, maximumBytes: maximumBytes))
        self.clock = clock
    }

    public func load(_ keys: [String]) async throws(StoreError) -> [StoredState?] {
        let now = clock.now
        return table.withLock { $0.load(keys, now: now) }
    }

    public func commit(_ changes: [StateChange]) async throws(StoreError) -> Bool {
        try StateChange.checkKeys(of: changes)
        return try table.withLock { (table) throws(StoreError) in try table.commit(changes, now: clock.now) }
    }

    /// Bytes kept now, as counted against the bound; with values that have expired since the last commit.
    public var storedBytes: Int { table.withLock { $0.bytes } }
}
