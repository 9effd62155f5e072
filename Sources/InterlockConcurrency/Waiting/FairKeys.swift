import Synchronization

/// The lines that callers stand in by the keys they name: a number for each key in use.
///
/// Asked only by callers that have to wait: who finds free what it wants pays nothing for its key.
struct FairKeys: ~Copyable, Sendable {
    private let names = Mutex(KeyTable<FairKey>())

    /// The number of a key's line, its own until it is released as often as it was retained; ``WaitingLines/noKey`` without a key.
    func retain(_ key: (any Hashable & Sendable)?) -> Int32 {
        guard let key = FairKey(key) else { return WaitingLines<Void>.noKey }
        return names.withLock { $0.retain(key) } + 1
    }

    /// Whoever stood in the line for this use has left it.
    func release(_ key: (any Hashable & Sendable)?) {
        guard let key = FairKey(key) else { return }
        names.withLock { $0.release(key) }
    }
}

/// A key of any type. Equal keys of different types, such as `1 as Int` and `1 as Int64`, may share a line.
struct FairKey: Hashable, Sendable {
    let key: any Hashable & Sendable

    /// `nil` without a key, and for one that does not equal itself, such as a number that is none: it could never be found again.
    init?(_ key: (any Hashable & Sendable)?) {
        guard let key, AnyHashable(key) == AnyHashable(key) else { return nil }
        self.key = key
    }

    static func == (left: FairKey, right: FairKey) -> Bool { AnyHashable(left.key) == AnyHashable(right.key) }

    func hash(into hasher: inout Hasher) {
        hasher.combine(AnyHashable(key))
    }
}
