/// How often each raw stack was seen. Bounded: a stack that is new when the table is full is counted as dropped.
struct RawStackTable: Sendable {
    private let capacity: Int
    private(set) var counts: [RawStack: Int] = [:]
    /// Samples counted.
    private(set) var total = 0
    /// Samples that were new when the table was full.
    private(set) var dropped = 0

    init(capacity: Int) { self.capacity = capacity }

    mutating func add(_ stack: RawStack) {
        if counts[stack] == nil && counts.count >= capacity {
            dropped += 1
            return
        }
        counts[stack, default: 0] += 1
        total += 1
    }
}
