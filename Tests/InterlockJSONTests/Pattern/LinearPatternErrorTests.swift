import InterlockJSON
import Testing

/// A source that is refused: the code, the place, and words that the message holds.
struct RefusedPattern: Sendable, CustomTestStringConvertible {
    var pattern: String
    var code: PatternError.Code
    var offset: Int
    var words: String
    init(_ pattern: String, _ code: PatternError.Code, at offset: Int, _ words: String) {
        self.pattern = pattern
        self.code = code
        self.offset = offset
        self.words = words
    }
    var testDescription: String { pattern }
}

@Suite("LinearPattern: what is refused")
struct LinearPatternErrorTests {
    static let refused: [RefusedPattern] = [
        .init("ab(?=c)", .unsupported, at: 2, "look-ahead"),
        .init("^(?!foo).*$", .unsupported, at: 1, "\"not\""),
        .init("x(?<=y)", .unsupported, at: 1, "look-behind"),
        .init("x(?<!y)", .unsupported, at: 1, "look-behind"),
        .init("(a)\\1", .unsupported, at: 3, "back-references"),
        .init("(?<n>a)\\k<n>", .unsupported, at: 7, "back-references"),
        .init("(?i)abc", .unsupported, at: 0, "flags"),
        .init("(?P<n>a)", .syntax, at: 0, "(?<name>…)"),
        .init("é(a", .syntax, at: 1, "never closed"),
        .init("a)b", .syntax, at: 1, "closes no group"),
        .init("[a-z", .syntax, at: 0, "never closed"),
        .init("[z-a]", .syntax, at: 1, "out of order"),
        .init("[\\d-z]", .syntax, at: 1, "has a class at one end"),
        .init("*a", .syntax, at: 0, "nothing to repeat"),
        .init("a|+", .syntax, at: 2, "nothing to repeat"),
        .init("a++", .syntax, at: 2, "possessive"),
        .init("{2}", .syntax, at: 0, "nothing to repeat"),
        .init("^*", .syntax, at: 1, "cannot be repeated"),
        .init("\\b+", .syntax, at: 2, "cannot be repeated"),
        .init("a{3,2}", .syntax, at: 1, "out of order"),
        .init("abc\\", .syntax, at: 3, "ends the pattern"),
        .init("\\Aabc", .syntax, at: 0, "\"^\""),
        .init("\\h", .syntax, at: 0, "not an escape"),
        .init("\\x1", .syntax, at: 0, "two hexadecimal digits"),
        .init("\\u12", .syntax, at: 0, "four hexadecimal digits"),
        .init("\\u{110000}", .syntax, at: 0, "10FFFF"),
        .init("\\c1", .syntax, at: 0, "letter"),
        .init("\\012", .syntax, at: 0, "octal"),
        .init("\\pL", .syntax, at: 0, "braces"),
        .init("\\p{L", .syntax, at: 0, "never closed"),
        .init("\\p{Lx}", .unsupported, at: 0, "Lx"),
        .init("\\p{gc=Lx}", .syntax, at: 0, "general category"),
        .init("\\p{Script=Linear_B}", .unsupported, at: 0, "Greek"),
        .init("\\p{Age=5}", .unsupported, at: 0, "Age"),
        .init("(?<1a>x)", .syntax, at: 3, "name"),
        .init("[\\B]", .syntax, at: 1, "inside a class"),
        .init("[\\1]", .syntax, at: 1, "inside a class"),
        .init("(?:(?:a{100}){100}){100}", .tooLarge, at: 7, "10000 instructions"),
        .init("(?:(?:){999999999}){999999999}a{999999999999999999999}", .tooLarge, at: 31, "instructions"),
        .init(String(repeating: "(", count: 101) + String(repeating: ")", count: 101), .tooLarge, at: 100, "nest deeper"),
        .init(String(repeating: "a", count: 16_385), .tooLarge, at: 0, "16385 bytes"),
    ]

    @Test("a pattern that cannot run is refused with its place and a way out", arguments: refused)
    func refusal(_ entry: RefusedPattern) throws {
        let error = try #require(throws: PatternError.self) { try LinearPattern(entry.pattern) }
        #expect(error.code == entry.code)
        #expect(error.offset == entry.offset)
        #expect(error.message.contains(entry.words), "\(error.message)")
        #expect(error.description.hasPrefix("at offset \(entry.offset) of the pattern: "))
    }
}
