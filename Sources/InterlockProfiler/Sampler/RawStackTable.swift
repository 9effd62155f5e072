/// How many samples each raw stack stands for. Bounded: a stack that is new when the table is full is counted as dropped.
struct RawStackTable: Sendable {
    private let capacity: Int
    private(set) var counts: [RawStack: Int] = [:]
    /// Samples counted.
    private(set) var total = 0
    /// Samples that were new when the table was full.
    private(set) var dropped = 0

    init(capacity: Int) { self.capacity = capacity }

    /// - Parameter weight: how many samples the stack stands for.
    mutating func add(_ stack: RawStack, weight: Int = 1) {
        if counts[stack] == nil && counts.count >= capacity {
            dropped += weight
            return
        }
        counts[stack, default: 0] += weight
        total += weight
    }
}
