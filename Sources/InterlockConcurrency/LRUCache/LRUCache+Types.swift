extension LRUCache {
    /// How much a cache may hold. There is no unlimited cache.
    public struct Bound: Sendable {
        @usableFromInline let entries: Int
        @usableFromInline let bytes: Int
        @usableFromInline let size: (@Sendable (Key, Value) -> Int)?

        /// At most so many entries, whatever their size. At least 1.
        public static func entries(_ entries: Int) -> Bound {
            Bound(entries: min(Int(Int32.max), max(1, entries)), bytes: .max, size: nil)
        }

        /// At most so many bytes, by the sizes that `size` gives; and so many entries, a million unless said otherwise.
        ///
        /// - Parameter size: The bytes of an entry, asked once when it is stored. Less than 1 counts as 1.
        public static func bytes(
            _ bytes: Int, entries: Int = 1_000_000, size: @escaping @Sendable (_ key: Key, _ value: Value) -> Int
        ) -> Bound {
            Bound(entries: min(Int(Int32.max), max(1, entries)), bytes: max(1, bytes), size: size)
        }
    }

    /// An entry that has left the cache.
    public struct Eviction: Sendable {
        public let key: Key
        public let value: Value
        public let reason: EvictionReason

        @inlinable
        init(key: Key, value: Value, reason: EvictionReason) {
            self.key = key
            self.value = value
            self.reason = reason
        }
    }
}

/// Why an entry has left a cache.
public enum EvictionReason: String, Sendable, Hashable, CaseIterable {
    /// There were too many entries, and it was used longest ago.
    case tooManyEntries
    /// There were too many bytes, and it was used longest ago.
    case tooManyBytes
    /// It alone is larger than the cache; it was never in.
    case tooLarge
    /// Its time was over when somebody asked for it.
    case expired
    /// A new value took its place.
    case replaced
    /// Somebody removed it.
    case removed
    /// The cache was trimmed.
    case trimmed
}
