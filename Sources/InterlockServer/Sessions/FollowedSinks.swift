import InterlockTransport

/// The clients' connections to a session's streams that another instance writes: somebody listens here, and has to be told when the session ends here. Pure.
struct FollowedSinks {
    /// One connection.
    struct Entry {
        let sink: any EventSink
        /// Ends the following, when it has begun.
        var release: (@Sendable () -> Void)?
    }

    private var entries: [Int: Entry] = [:]
    private var nextNumber = 0
    private var hasEnded = false

    var isEmpty: Bool { entries.isEmpty }

    /// A connection is to follow a stream, by the number that is returned; `nil` if the session has ended.
    mutating func enter(_ sink: any EventSink) -> Int? {
        guard !hasEnded else { return nil }
        nextNumber += 1
        entries[nextNumber] = Entry(sink: sink)
        return nextNumber
    }

    /// It follows; false if it has left already: then `release` is the caller's to call.
    mutating func follows(_ number: Int, release: @escaping @Sendable () -> Void) -> Bool {
        guard entries[number] != nil else { return false }
        entries[number]?.release = release
        return true
    }

    /// It follows no more. Returns what is to be called then; `nil` if it has left before, or had not begun.
    mutating func leave(_ number: Int) -> (@Sendable () -> Void)? { entries.removeValue(forKey: number)?.release }

    /// The session has ended: nobody follows any more. Returns who did.
    mutating func end() -> [Entry] {
        hasEnded = true
        defer { entries = [:] }
        return Array(entries.values)
    }
}
