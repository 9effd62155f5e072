internal import InterlockConcurrency
internal import InterlockJSON

/// Results kept for as long as the server's cache hints allow, at most so many. Pure.
///
/// A client speaks for one authorization context, so private results may be kept as well.
/// Spec: 2026-07-28, Server Features › Caching.
struct ResultCache: Sendable {
    struct Key: Sendable, Hashable {
        var method: String
        /// The cursor of a list, the URI of a read.
        var subject: String?
    }

    private struct Entry: Sendable {
        var result: RawJSON
        var expires: MonotonicTime
        var age: UInt64
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var nextAge: UInt64 = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { entries.count }

    mutating func fresh(_ key: Key, now: MonotonicTime) -> RawJSON? {
        guard let entry = entries[key] else { return nil }
        if entry.expires > now { return entry.result }
        entries[key] = nil
        return nil
    }

    /// Keeps a result if its `ttlMs` is positive; the oldest one gives way when there are too many.
    mutating func store(_ result: RawJSON, for key: Key, now: MonotonicTime) {
        guard capacity > 0, let milliseconds = result["ttlMs"]?.int, milliseconds > 0 else { return }
        if entries[key] == nil, entries.count >= capacity, let oldest = entries.min(by: { $0.value.age < $1.value.age }) {
            entries[oldest.key] = nil
        }
        nextAge += 1
        entries[key] = Entry(result: result, expires: now + .milliseconds(milliseconds), age: nextAge)
    }

    mutating func remove(_ key: Key) {
        entries[key] = nil
    }

    mutating func removeAll(of method: String) {
        for key in entries.keys where key.method == method { entries[key] = nil }
    }
}
