public import InterlockConcurrency
import Synchronization

/// Results of calls that must take effect once, in this process's memory.
///
/// When it is full new claims are refused with ``StoreError/Code/full``: an entry that was dropped to make room could let a
/// call take effect twice. Entries leave when their time is over. Nothing outlives the process.
public final class InMemoryIdempotencyStore: IdempotencyStore {
    private let table: Mutex<IdempotencyTable>
    private let clock: any SchedulingClock

    /// - Parameters:
    ///   - maximumEntries: Keys that are kept at a time, running and finished.
    ///   - maximumBytes: Bytes of keys, fingerprints and results, each key with a fixed overhead. A result that does not fit is
    ///     refused when it is finished; its claim stands until it lapses.
    ///   - clock: Decides what has lapsed and expired.
    public init(maximumEntries: Int = 100_000, maximumBytes: Int = 64 << 20, clock: any SchedulingClock = SystemClock.shared) {
        precondition(
            maximumEntries > 0 && maximumBytes > 0,
            "InMemoryIdempotencyStore(maximumEntries: \(maximumEntries), maximumBytes: \(maximumBytes)): both must be positive")
        table = Mutex(IdempotencyTable(maximumEntries: maximumEntries, maximumBytes: maximumBytes))
        self.clock = clock
    }

    public func claim(
        _ key: String, token: UInt64, fingerprint: String, holdingFor: Duration, keepingFor: Duration
    ) async throws(StoreError) -> IdempotencyClaim {
        try table.withLock { (table) throws(StoreError) in
            try table.claim(key, token: token, fingerprint: fingerprint, holdingFor: holdingFor, keepingFor: keepingFor, now: clock.now)
        }
    }

    @discardableResult
    public func finish(_ key: String, token: UInt64, result: [UInt8], keepingFor: Duration) async throws(StoreError) -> Bool {
        try table.withLock { (table) throws(StoreError) in
            try table.finish(key, token: token, result: result, keepingFor: keepingFor, now: clock.now)
        }
    }

    @discardableResult
    public func abandon(_ key: String, token: UInt64) async throws(StoreError) -> Bool {
        table.withLock { $0.abandon(key, token: token, now: clock.now) }
    }

    /// Bytes kept now, as counted against the bound; with entries that have expired since the last call.
    public var storedBytes: Int { table.withLock { $0.bytes } }
}
