import InterlockProtocol
import InterlockStorage

/// What a session store is believed to hold of one session, and what to do about it next: one step at a time.
///
/// A step is begun only when the one before has ended, so no write overtakes another, and none comes after the removal.
struct SessionRecordStateMachine {
    /// What there is to do with the store.
    enum Step: Sendable, Hashable {
        /// Put what has changed here into the record.
        case write
        /// Take from the record what has changed elsewhere.
        case read
        /// Remove the record for good.
        case remove
    }

    /// The record as the store had it when it was last written or read.
    private(set) var stored: SessionRecord
    /// Resources the session gave up that it was not known to watch; the store may know better. At most ``maximumWithdrawn``: one more is given up here alone.
    private var withdrawn: Set<String> = []
    private var isBusy = false
    private var mustWrite = false
    private var mustRead = false
    private var mustRemove = false
    private var isOver = false

    static let maximumWithdrawn = 64

    init(stored: SessionRecord) { self.stored = stored }

    // Each of these says whether somebody has to begin taking steps now.

    /// The session has changed here.
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

    /// Others may have written without a word of it: the record is read when the session is used next.
    mutating func mayHaveMissed() { mustRead = true }

    /// The session is used.
    mutating func used() -> Bool { mustRead && begins() }

    /// Whether the session is known to have ended for good.
    var hasEnded: Bool { mustRemove }

    /// The session has ended for good.
    mutating func ended() -> Bool {
        mustRemove = true
        return begins()
    }

    private mutating func begins() -> Bool {
        guard !isBusy, !isOver else { return false }
        isBusy = true
        return true
    }

    /// The next step for whoever takes them; after `nil` nobody does, until somebody begins again.
    mutating func next() -> Step? {
        if mustRemove, !isOver {
            isOver = true
            return .remove
        }
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
    /// was changed elsewhere.
    mutating func merge(_ found: SessionRecord, into now: SessionRecord) -> SessionRecord {
        guard found.version != stored.version else { return now } // lower after a store has lost its last writes
        let (mine, base) = (Set(now.subscriptions), Set(stored.subscriptions))
        var merged = found
        merged.isInitialized = now.isInitialized || found.isInitialized
        if now.logLevel != stored.logLevel { merged.logLevel = now.logLevel }
        merged.subscriptions = Set(found.subscriptions).union(mine.subtracting(base)).subtracting(base.subtracting(mine)).subtracting(withdrawn).sorted()
        stored = found
        return merged
    }
}
