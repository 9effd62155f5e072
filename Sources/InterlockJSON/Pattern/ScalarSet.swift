/// A set of Unicode scalars, as a class such as `[a-z\p{Lu}]` describes it: ranges and properties, perhaps negated.
struct ScalarSet: Sendable, Hashable {
    /// Sorted, merged, inclusive.
    private(set) var ranges: [ClosedRange<UInt32>]
    private(set) var properties: [UnicodeProperty]
    private(set) var isNegated: Bool

    init(ranges: [ClosedRange<UInt32>] = [], properties: [UnicodeProperty] = [], isNegated: Bool = false) {
        self.ranges = Self.merged(ranges)
        self.properties = properties
        self.isNegated = isNegated
    }

    init(scalar value: UInt32) { self.init(ranges: [value...value]) }

    static let largestScalar: UInt32 = 0x10FFFF
    /// `\d`
    static let digits = ScalarSet(ranges: [0x30...0x39])
    /// `\w`
    static let word = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// `\s`: ECMA-262's WhiteSpace and LineTerminator.
    static let space = ScalarSet(ranges: [
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F,
        0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    /// `.`: everything but ECMA-262's line terminators.
    static let dot = ScalarSet(ranges: [0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029], isNegated: true)

    /// Everything this set leaves out.
    var inverted: ScalarSet { ScalarSet(ranges: ranges, properties: properties, isNegated: !isNegated) }

    /// Adds the members of a set that names no property while negated; `false` if it does and nothing was added.
    mutating func formUnion(_ other: ScalarSet) -> Bool {
        precondition(!isNegated, "a class is negated last")
        guard other.isNegated else {
            ranges = Self.merged(ranges + other.ranges)
            properties += other.properties
            return true
        }
        if other.ranges.isEmpty, other.properties.count == 1 {
            properties.append(other.properties[0].inverted)
            return true
        }
        guard other.properties.isEmpty else { return false }
        ranges = Self.merged(ranges + Self.gaps(of: other.ranges))
        return true
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        (containsInRanges(scalar.value) || properties.contains { $0.contains(scalar) }) != isNegated
    }

    /// Whether the ranges alone, before negation, hold a scalar.
    func containsInRanges(_ value: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= value
    }

    private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound &+ 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    private static func gaps(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= largestScalar { result.append(next...largestScalar) }
        return result
    }
}
