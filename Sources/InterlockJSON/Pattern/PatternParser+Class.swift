extension PatternParser {
    /// Reads a class such as `[^a-z\d_]`; the opening bracket is next.
    mutating func characterClass() throws(PatternError) -> ScalarSet {
        let start = position
        position += 1
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var result = ScalarSet()
        while true {
            guard let next = peek() else {
                throw PatternError(
                    .syntax, "the class is never closed; add \"]\", or write \"\\[\" for the character", offset: start)
            }
            if next == "]" { break }
            let first = position
            let lower = try classMember()
            guard peek() == "-", position + 1 < source.count, source[position + 1] != "]" else {
                try add(lower, at: first, to: &result, ranges: &ranges)
                continue
            }
            position += 1
            let upper = try classMember()
            guard case .scalar(let low) = lower, case .scalar(let high) = upper else {
                throw PatternError(
                    .syntax,
                    "the range \(text(from: first, to: position)) has a class at one end; put the \"-\" last or write \"\\-\"",
                    offset: first)
            }
            guard low <= high else {
                throw PatternError(.syntax, "the range \(text(from: first, to: position)) is out of order", offset: first)
            }
            ranges.append(low...high)
        }
        position += 1
        let merged = result.formUnion(ScalarSet(ranges: ranges))
        precondition(merged, "plain ranges always join")
        return isNegated ? result.inverted : result
    }

    private func add(
        _ member: Escape, at offset: Int, to set: inout ScalarSet, ranges: inout [ClosedRange<UInt32>]
    ) throws(PatternError) {
        switch member {
        case .scalar(let value): ranges.append(value...value)
        case .set(let other):
            // Every escape is ranges or one property, and those always join.
            guard set.formUnion(other) else {
                throw PatternError(.unsupported, "this combination in a class is not supported", offset: offset)
            }
        }
    }

    private mutating func classMember() throws(PatternError) -> Escape {
        guard let next = peek() else { throw syntaxError("the class is never closed; add \"]\"") }
        guard next == "\\" else {
            position += 1
            return .scalar(next.value)
        }
        guard position + 1 < source.count else {
            throw syntaxError("a lone \"\\\" ends the pattern; write \"\\\\\" for the character")
        }
        switch source[position + 1] {
        case "b":
            position += 2
            return .scalar(0x08)
        case "B":
            throw syntaxError("\"\\B\" has no meaning inside a class")
        case "1"..."9", "k":
            throw syntaxError("\(text(from: position, to: position + 2)) has no meaning inside a class")
        default:
            return try commonEscape()
        }
    }
}
