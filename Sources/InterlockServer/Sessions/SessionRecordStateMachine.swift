import InterlockProtocol
import InterlockStorage

/// What a session store is believed to hold of one session, and what to do about it next: one step at a time.
///
/// A step is begun only when the one before has ended, so no write overtakes another, and none when the session has ended.
struct SessionRecordStateMachine {
    /// What there is to do with the store.
    enum Step: Sendable, Hashable {
        /// Put what has changed here into the record.
        case write
        /// Take from the record what has changed elsewhere.
        case read
    }

    /// The record as the store had it when it was last written or read.
    private(set) var stored: SessionRecord
    /// Resources the session gave up that it was not known to watch; the store may know better. At most ``maximumWithdrawn``: one more is given up here alone.
    private var withdrawn: Set<String> = []
    private var isBusy = false
    private var mustWrite = false
    private var mustRead = false
    private var isOver = false

    static let maximumWithdrawn = 64

    init(stored: SessionRecord) { self.stored = stored }

    /// The session has changed here. Says, as ``heard(of:)`` does, whether somebody has to begin taking steps now.
    mutating func changed() -> Bool {
        mustWrite = true
        return begins()
    }

    /// Another instance has written a version.
    mutating func heard(of version: Int64) -> Bool {
        guard version > stored.version else { return false }
        mustRead = true
        return begins()
    }

    /// The session has ended for good: its record is removed without waiting for a write under way, which changes none that is not there.
    mutating func ended() { isOver = true }

    private mutating func begins() -> Bool {
        guard !isBusy, !isOver else { return false }
        isBusy = true
        return true
    }

    /// The next step for whoever takes them; after `nil` nobody does, until somebody begins again.
    mutating func next() -> Step? {
        if !isOver, mustRead {
            mustRead = false
            return .read
        }
        if !isOver, mustWrite {
            mustWrite = false
            return .write
        }
        isBusy = false
        return nil
    }

    /// Notes that a resource was given up which was not among those watched here.
    mutating func withdraws(_ uri: String) {
        if withdrawn.count < Self.maximumWithdrawn { withdrawn.insert(uri) }
    }

    /// The record to write for what the session is now, one version on; `nil` if the store has it all.
    func next(_ now: SessionRecord) -> SessionRecord? {
        let isSame = now.isInitialized == stored.isInitialized && now.logLevel == stored.logLevel && now.subscriptions == stored.subscriptions
        guard !isSame || !withdrawn.isEmpty else { return nil }
        var next = now
        next.version = stored.version + 1
        return next
    }

    /// A record was written.
    mutating func wrote(_ record: SessionRecord) {
        stored = record
        withdrawn = []
    }

    /// A record was read: what the session is with it, `now` being what it was without. What was changed here since it was last stored wins over what
    /// was changed elsewhere. One that was read before something newer was, or was written, is out of date and changes nothing.
    ///
    /// - Parameter known: the version that was stored, as far as known, before the record was read.
    mutating func merge(_ found: SessionRecord, knownBefore known: Int64, into now: SessionRecord) -> SessionRecord {
        guard found.version != stored.version else { return now }
        if found.version < stored.version, stored.version != known { return now } // else the store has lost its last writes
        let (mine, base) = (Set(now.subscriptions), Set(stored.subscriptions))
        var merged = found
        merged.isInitialized = now.isInitialized || found.isInitialized
        if now.logLevel != stored.logLevel { merged.logLevel = now.logLevel }
        merged.subscriptions = Set(found.subscriptions).union(mine.subtracting(base)).subtracting(base.subtracting(mine)).subtracting(withdrawn).sorted()
        stored = found
        return merged
    }
}
