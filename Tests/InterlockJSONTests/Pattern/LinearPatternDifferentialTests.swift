import Foundation
import InterlockJSON
import Testing

@Suite("LinearPattern: against a backtracking engine")
struct LinearPatternDifferentialTests {
    /// A random pattern and whether it can match the empty text. Only parts that cannot are repeated: the reference gives up on the others.
    private func pattern(depth: Int, _ numbers: inout SeededGenerator) -> (source: String, isNullable: Bool) {
        let atoms = ["a", "b", "c", "é", ".", "[ab]", "[^a]", "[b-c]", "\\d", "\\w", "[\\d_]", "1", "-", "\\p{L}"]
        let empty = ["^", "$", "\\b", "\\B", "(?:)"]
        func any(_ list: [String]) -> String { list[Int.random(in: 0..<list.count, using: &numbers)] }
        func atom() -> (source: String, isNullable: Bool) {
            Int.random(in: 0..<5, using: &numbers) == 0 ? (any(empty), true) : (any(atoms), false)
        }
        guard depth > 0 else { return atom() }
        switch Int.random(in: 0..<5, using: &numbers) {
        case 0: return atom()
        case 1, 2:
            let parts = (0..<Int.random(in: 1...3, using: &numbers)).map { _ in pattern(depth: depth - 1, &numbers) }
            return (parts.map(\.source).joined(), parts.allSatisfy(\.isNullable))
        case 3:
            let (left, right) = (pattern(depth: depth - 1, &numbers), pattern(depth: depth - 1, &numbers))
            return ("(\(left.source)|\(right.source))", left.isNullable || right.isNullable)
        default:
            let part = pattern(depth: depth - 1, &numbers)
            guard !part.isNullable else { return part }
            let (quantifier, allowsNone) = quantifier(&numbers)
            return ("(?:\(part.source))\(quantifier)", allowsNone)
        }
    }

    private func quantifier(_ numbers: inout SeededGenerator) -> (String, allowsNone: Bool) {
        let all = [
            ("*", true), ("+", false), ("?", true), ("{2}", false), ("{1,2}", false), ("{0,3}", true), ("{2,}", false),
            ("*?", true), ("+?", false), ("??", true),
        ]
        return all[Int.random(in: 0..<all.count, using: &numbers)]
    }

    @Test("a thousand generated patterns give the same answer as NSRegularExpression", .timeLimit(.minutes(5)))
    func generated() throws {
        var numbers = SeededGenerator(seed: 2_026)
        let letters = Array("aabbccé1-_ ")
        var matched = 0
        var compared = 0
        for _ in 0..<1_000 {
            // The reference's \w and \b know Unicode, ECMA-262's are ASCII: keep to ASCII where they occur.
            let source = pattern(depth: 3, &numbers).source
            let usesWords = source.contains("\\b") || source.contains("\\B") || source.contains("\\w")
            let reference = try NSRegularExpression(pattern: source.replacingOccurrences(of: "$", with: "\\z"))
            let quick = try LinearPattern(source)
            let slow = try LinearPattern(source, limits: PatternLimits(maximumAutomatonStates: 0))
            for _ in 0..<10 {
                var text = String(
                    (0..<Int.random(in: 0...6, using: &numbers)).map { _ in
                        letters[Int.random(in: 0..<letters.count, using: &numbers)]
                    })
                if usesWords { text = text.replacingOccurrences(of: "é", with: "-") }
                let expected = reference.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count)) != nil
                #expect(quick.matches(in: text) == expected, "\(source) on \(text.debugDescription), automaton")
                #expect(slow.matches(in: text) == expected, "\(source) on \(text.debugDescription), simulation")
                matched += expected ? 1 : 0
                compared += 1
            }
        }
        #expect(
            matched > compared / 10 && matched < compared * 95 / 100,
            "\(matched) of \(compared) matched: the generator says too little")
    }
}
