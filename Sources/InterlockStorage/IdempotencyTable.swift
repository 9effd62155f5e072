import InterlockConcurrency
import InterlockJSON

/// Who runs which call that must take effect once, and what came of it.
struct IdempotencyTable {
    private enum Phase {
        case running(until: MonotonicTime)
        case finished([UInt8])
    }

    private struct Entry {
        var fingerprint: ExactName
        var token: UInt64
        var phase: Phase
        /// When the key may be claimed again.
        var forgottenAt: MonotonicTime
    }

    private struct Expiry {
        var key: ExactName
        var time: MonotonicTime
    }

    /// What one entry is charged beyond its key, its fingerprint and its result.
    static let overhead = 128

    let maximumEntries: Int
    let maximumBytes: Int
    private(set) var bytes = 0
    private var entries: [ExactName: Entry] = [:]
    private var expiries = ExpiryQueue<Expiry>()

    init(maximumEntries: Int, maximumBytes: Int) {
        self.maximumEntries = maximumEntries
        self.maximumBytes = maximumBytes
    }

    var count: Int { entries.count }
    /// Deadlines kept, with those that no longer count.
    var storedExpiries: Int { expiries.storedCount }

    mutating func claim(
        _ key: String, token: UInt64, fingerprint: String, holdingFor: Duration, keepingFor: Duration, now: MonotonicTime
    ) throws(StoreError) -> IdempotencyClaim {
        forgetExpired(now: now)
        let (key, fingerprint) = (ExactName(text: key), ExactName(text: fingerprint))
        if let entry = entries[key] {
            guard entry.fingerprint == fingerprint else { return .mismatch }
            switch entry.phase {
            case .running(let until): return until <= now ? .lost : entry.token == token ? .claimed : .running
            case .finished(let result): return .finished(result)
            }
        }
        let until = now + holdingFor
        let entry = Entry(fingerprint: fingerprint, token: token, phase: .running(until: until), forgottenAt: until + keepingFor)
        guard entries.count < maximumEntries, bytes + charge(key, entry) <= maximumBytes else { throw full() }
        bytes += charge(key, entry)
        entries[key] = entry
        schedule(key, at: entry.forgottenAt)
        return .claimed
    }

    mutating func finish(
        _ key: String, token: UInt64, result: [UInt8], keepingFor: Duration, now: MonotonicTime
    ) throws(StoreError) -> Bool {
        forgetExpired(now: now)
        let key = ExactName(text: key)
        guard let old = claim(key, token: token), case .running(let until) = old.phase, until > now else { return false }
        var new = old
        new.phase = .finished(result)
        new.forgottenAt = now + keepingFor
        guard bytes - charge(key, old) + charge(key, new) <= maximumBytes else { throw full() }
        bytes += charge(key, new) - charge(key, old)
        entries[key] = new
        schedule(key, at: new.forgottenAt)
        return true
    }

    mutating func abandon(_ key: String, token: UInt64, now: MonotonicTime) -> Bool {
        forgetExpired(now: now)
        let key = ExactName(text: key)
        guard claim(key, token: token) != nil else { return false }
        remove(key)
        return true
    }

    /// The claim of this token, unless it is finished.
    private func claim(_ key: ExactName, token: UInt64) -> Entry? {
        guard let entry = entries[key], entry.token == token, case .running = entry.phase else { return nil }
        return entry
    }

    private mutating func schedule(_ key: ExactName, at time: MonotonicTime) {
        expiries.insert(Expiry(key: key, time: time), at: time)
        expiries.compact(live: entries.count) { [entries] in entries[$0.key]?.forgottenAt == $0.time }
    }

    private mutating func forgetExpired(now: MonotonicTime) {
        while let due = expiries.popDue(at: now) {
            if let entry = entries[due.key], entry.forgottenAt <= now { remove(due.key) }
        }
    }

    private mutating func remove(_ key: ExactName) {
        if let old = entries.removeValue(forKey: key) { bytes -= charge(key, old) }
    }

    private func charge(_ key: ExactName, _ entry: Entry) -> Int {
        var bytes = key.text.utf8.count + entry.fingerprint.text.utf8.count + Self.overhead
        if case .finished(let result) = entry.phase { bytes += result.count }
        return bytes
    }

    private func full() -> StoreError {
        StoreError(
            .full, "the results in memory hold \(entries.count) of \(maximumEntries) keys and \(bytes) of \(maximumBytes) bytes; keep results for a shorter time, or raise the bound")
    }
}
