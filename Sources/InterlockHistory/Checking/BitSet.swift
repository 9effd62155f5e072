/// A set of small numbers, which compares and hashes by the few words between its full start and its empty end.
///
/// A search fills it from the left with a ragged edge as wide as the history is concurrent, so a configuration of a
/// history of any length costs the width, not the length.
struct BitSet {
    private var words: [UInt64]
    /// Words before this one are full.
    private var firstOpen = 0
    /// Words from here on are empty.
    private var end = 0

    init(capacity: Int) {
        words = Array(repeating: 0, count: (capacity + 63) / 64)
    }

    func contains(_ number: Int) -> Bool {
        words[number / 64] & (1 << UInt64(number % 64)) != 0
    }

    mutating func insert(_ number: Int) {
        words[number / 64] |= 1 << UInt64(number % 64)
        end = max(end, number / 64 + 1)
        while firstOpen < end, words[firstOpen] == .max { firstOpen += 1 }
    }

    mutating func remove(_ number: Int) {
        words[number / 64] &= ~(1 << UInt64(number % 64))
        firstOpen = min(firstOpen, number / 64)
        while end > firstOpen, words[end - 1] == 0 { end -= 1 }
    }

    /// Whether `other`, of the same capacity, contains all of this set.
    func isSubset(of other: BitSet) -> Bool {
        (0..<end).allSatisfy { words[$0] & ~other.words[$0] == 0 }
    }

    /// The contents in the shortest form: equal for equal sets.
    var edge: Edge { Edge(base: firstOpen, words: Array(words[firstOpen..<max(firstOpen, end)])) }

    struct Edge: Hashable {
        let base: Int
        let words: [UInt64]
    }
}
