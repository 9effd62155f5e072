/// Small numbers for the keys in use: dense, reused, and as many as there are keys at a time.
///
/// State machines keep their lines by number, so that only this table is generic over the key. That is for speed: what
/// is generic runs unspecialised when another module brings the key type, at a multiple of the cost, unless it is
/// inlinable, as this is. A key keeps its number from the first ``retain(_:)`` to the last ``release(_:)``.
@usableFromInline
package struct KeyTable<Key: Hashable & Sendable>: Sendable {
    @usableFromInline
    struct Entry: Sendable {
        @usableFromInline let number: Int32
        @usableFromInline var users: Int

        @inlinable
        init(number: Int32) {
            self.number = number
            self.users = 1
        }
    }

    @usableFromInline var entries: [Key: Entry] = [:]
    @usableFromInline var free: [Int32] = []

    @inlinable
    package init() {}

    /// Keys in use.
    @inlinable
    package var count: Int { entries.count }

    /// Whether a key is in use.
    @inlinable
    package func contains(_ key: Key) -> Bool { entries[key] != nil }

    /// The number of a key, which stays its own until it is released as often as it was retained.
    @inlinable
    package mutating func retain(_ key: Key) -> Int32 {
        if let number = retainIfPresent(key) { return number }
        // Numbers are dense: those given out and those free are together as many as there are keys, at the peak.
        let number = free.popLast() ?? Int32(entries.count)
        entries[key] = Entry(number: number)
        return number
    }

    /// The number of a key that is in use, retained once more; `nil` when it is not.
    @inlinable
    package mutating func retainIfPresent(_ key: Key) -> Int32? {
        guard let index = entries.index(forKey: key) else { return nil }
        entries.values[index].users += 1
        return entries.values[index].number
    }

    /// Gives up one use of a key; the last one frees its number and forgets the key.
    @inlinable
    package mutating func release(_ key: Key) {
        guard let index = entries.index(forKey: key) else { preconditionFailure("a key was released that nobody retained") }
        entries.values[index].users -= 1
        if entries.values[index].users == 0 { free.append(entries.remove(at: index).value.number) }
    }
}
