/// A division of all scalars into few classes, such that a pattern treats every scalar of a class alike.
///
/// Built from the ends of the ranges and the answers of the properties that the pattern names; nil where that would take too many classes.
struct ScalarAlphabet: Sendable {
    /// For each class, which of the program's sets hold it.
    private(set) var members: [[Bool]] = []
    /// For each class, whether it is made of word scalars; always false where the program does not ask.
    private(set) var isWord: [Bool] = []
    /// The class of each ASCII scalar.
    let ofASCII: [UInt8]

    /// Where a stretch of scalars begins that lie in the same ranges.
    private let starts: [UInt32]
    private let properties: [UnicodeProperty.Test]
    /// The class for each stretch and each combination of answers.
    private let table: [UInt8]

    private static let maximumCells = 4_096
    private static let maximumProperties = 4
    private static let maximumWork = 200_000

    init?(_ program: PatternProgram) {
        var bounds: Set<UInt32> = [0]
        var tests: [UnicodeProperty.Test] = []
        let words = program.asksForWords ? ScalarSet.word.ranges : []
        for range in program.sets.flatMap(\.ranges) + words {
            bounds.insert(range.lowerBound)
            if range.upperBound < ScalarSet.largestScalar { bounds.insert(range.upperBound + 1) }
        }
        for property in program.sets.flatMap(\.properties) where !tests.contains(property.test) { tests.append(property.test) }
        guard tests.count <= Self.maximumProperties, bounds.count << tests.count <= Self.maximumCells,
            (bounds.count << tests.count) * program.sets.count <= Self.maximumWork
        else { return nil }

        let starts = bounds.sorted()
        var classes: [[Bool]: UInt8] = [:]
        var members: [[Bool]] = []
        var isWord: [Bool] = []
        var table: [UInt8] = []
        table.reserveCapacity(starts.count << tests.count)
        for start in starts {
            let word = program.asksForWords && ScalarSet.word.containsInRanges(start)
            for answers in 0..<(1 << tests.count) {
                var signature = program.sets.map { set in
                    let inProperties = set.properties.contains { property in
                        (answers >> (tests.firstIndex(of: property.test) ?? 0) & 1 == 1) != property.isInverted
                    }
                    return (set.containsInRanges(start) || inProperties) != set.isNegated
                }
                signature.append(word)
                if let known = classes[signature] {
                    table.append(known)
                    continue
                }
                guard members.count < Int(UInt8.max) else { return nil }
                let new = UInt8(members.count)
                classes[signature] = new
                table.append(new)
                isWord.append(signature.removeLast())
                members.append(signature)
            }
        }
        self.members = members
        self.isWord = isWord
        self.starts = starts
        self.table = table
        properties = tests
        ofASCII = (0..<0x80).map { Self.index(of: Unicode.Scalar(UInt8($0)), starts: starts, properties: tests, table: table) }
    }

    var count: Int { members.count }

    /// The class of a scalar.
    func index(of scalar: Unicode.Scalar) -> UInt8 {
        Self.index(of: scalar, starts: starts, properties: properties, table: table)
    }

    private static func index(of scalar: Unicode.Scalar, starts: [UInt32], properties: [UnicodeProperty.Test], table: [UInt8])
        -> UInt8
    {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= scalar.value { low = middle } else { high = middle }
        }
        var cell = low << properties.count
        for (bit, test) in properties.enumerated() where UnicodeProperty.holds(test, scalar) { cell |= 1 << bit }
        return table[cell]
    }
}
