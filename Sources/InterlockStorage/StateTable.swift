import InterlockConcurrency
import InterlockJSON

/// The values of a state store in memory, and what a commit makes of them.
struct StateTable {
    private struct Entry {
        var value: [UInt8]
        var version: UInt64
        var deadline: MonotonicTime?
    }

    private struct Expiry {
        var key: ExactName
        var version: UInt64
    }

    /// What one value is charged beyond its key and its bytes.
    static let overhead = 96

    let maximumEntries: Int
    let maximumBytes: Int
    private(set) var bytes = 0
    private var entries: [ExactName: Entry] = [:]
    private var expiries = ExpiryQueue<Expiry>()
    /// One count over all keys, so that a key that comes back has no version it had before.
    private var lastVersion: UInt64 = 0

    init(maximumEntries: Int, maximumBytes: Int) {
        self.maximumEntries = maximumEntries
        self.maximumBytes = maximumBytes
    }

    var count: Int { entries.count }
    /// Deadlines kept, with those that no longer count.
    var storedExpiries: Int { expiries.storedCount }

    func load(_ keys: [String], now: MonotonicTime) -> [StoredState?] {
        keys.map { key in live(ExactName(text: key), now: now).map { StoredState(value: $0.value, version: $0.version) } }
    }

    /// Makes all the changes or none. `changes` have passed ``StateChange/checkKeys(of:)``.
    mutating func commit(_ changes: [StateChange], now: MonotonicTime) throws(StoreError) -> Bool {
        forgetExpired(now: now)
        for change in changes where !isMet(change.expecting, by: live(ExactName(text: change.key), now: now)) { return false }
        try checkRoom(for: changes)
        for change in changes { make(change, now: now) }
        expiries.compact(live: entries.count) { [entries] in entries[$0.key]?.version == $0.version }
        return true
    }

    private func isMet(_ expectation: StateChange.Expectation, by entry: Entry?) -> Bool {
        switch expectation {
        case .anything: true
        case .absent: entry == nil
        case .version(let version): entry?.version == version
        }
    }

    private func checkRoom(for changes: [StateChange]) throws(StoreError) {
        var (newCount, newBytes) = (entries.count, bytes)
        for change in changes {
            let key = ExactName(text: change.key)
            if let old = entries[key] {
                newCount -= 1
                newBytes -= charge(key, old.value)
            }
            if let value = change.value {
                newCount += 1
                newBytes += charge(key, value)
            }
        }
        // What only shrinks always fits, as the table is within its bounds before.
        guard newCount <= maximumEntries, newBytes <= maximumBytes else {
            throw StoreError(
                .full, "the state in memory would hold \(newCount) values and \(newBytes) bytes, more than its \(maximumEntries) and \(maximumBytes); give values a time to expire, remove some, or raise the bound")
        }
    }

    private mutating func make(_ change: StateChange, now: MonotonicTime) {
        let key = ExactName(text: change.key)
        remove(key)
        guard let value = change.value else { return }
        lastVersion += 1
        let deadline = change.expiresAfter.map { now + $0 }
        entries[key] = Entry(value: value, version: lastVersion, deadline: deadline)
        bytes += charge(key, value)
        if let deadline { expiries.insert(Expiry(key: key, version: lastVersion), at: deadline) }
    }

    private mutating func remove(_ key: ExactName) {
        if let old = entries.removeValue(forKey: key) { bytes -= charge(key, old.value) }
    }

    private mutating func forgetExpired(now: MonotonicTime) {
        while let due = expiries.popDue(at: now) {
            if entries[due.key]?.version == due.version { remove(due.key) }
        }
    }

    private func live(_ key: ExactName, now: MonotonicTime) -> Entry? {
        guard let entry = entries[key], entry.deadline.map({ $0 > now }) ?? true else { return nil }
        return entry
    }

    private func charge(_ key: ExactName, _ value: [UInt8]) -> Int { key.text.utf8.count + value.count + Self.overhead }
}
