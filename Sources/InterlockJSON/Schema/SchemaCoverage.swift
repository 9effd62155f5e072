/// Which members or items of one value were evaluated: what `unevaluatedProperties` and `unevaluatedItems` leave out.
struct SchemaCoverage {
    /// Whether anyone asks. If not, nothing is kept.
    let isWanted: Bool
    private(set) var coversAll = false
    /// A bit for each position.
    private var words: [UInt64] = []

    init(isWanted: Bool) { self.isWanted = isWanted }

    static let unwanted = SchemaCoverage(isWanted: false)

    mutating func insert(_ position: Int) {
        guard isWanted else { return }
        let word = position >> 6
        while words.count <= word { words.append(0) }
        words[word] |= 1 << UInt64(position & 63)
    }

    mutating func insertAll() {
        if isWanted { coversAll = true }
    }

    mutating func formUnion(_ other: SchemaCoverage) {
        guard isWanted else { return }
        coversAll = coversAll || other.coversAll
        while words.count < other.words.count { words.append(0) }
        for (index, word) in other.words.enumerated() { words[index] |= word }
    }

    func contains(_ position: Int) -> Bool {
        coversAll || position >> 6 < words.count && words[position >> 6] >> UInt64(position & 63) & 1 == 1
    }
}
