import InterlockJSON
import Testing

/// One pattern with texts it matches and texts it does not.
struct PatternCase: Sendable, CustomTestStringConvertible {
    var pattern: String
    var matching: [String]
    var other: [String]
    init(_ pattern: String, _ matching: [String], not other: [String]) {
        self.pattern = pattern
        self.matching = matching
        self.other = other
    }
    var testDescription: String { pattern }
}

@Suite("LinearPattern: what matches")
struct LinearPatternTests {
    static let cases: [PatternCase] = [
        .init("a+", ["xxaayy", "a"], not: ["", "xyz"]),
        .init("^a*$", ["", "aaa"], not: ["abc", "aab", "\n"]),
        .init("", ["", "anything"], not: []),
        .init("^(?:ab|cd)+$", ["ab", "cdab"], not: ["abc", "", "ac"]),
        .init("^(?<year>\\d{4})-(\\d{2})$", ["2026-07"], not: ["26-07", "2026-7", "２０２６-07"]),
        .init("^[a-z]{2,4}$", ["ab", "abcd"], not: ["a", "abcde"]),
        .init("^[a-z]{2,}?$", ["ab", "abcdefgh"], not: ["a"]),
        .init("^a??b*?c+?$", ["c", "abbcc", "bc"], not: ["ab", "aac"]),
        .init("^x{0}y$", ["y"], not: ["xy"]),
        .init("^[^\\d\\s]+$", ["abc-"], not: ["ab1", "a b", ""]),
        .init("^[\\w.+-]+@[\\w-]+\\.[\\w.-]+$", ["a.b+c@d-e.fr"], not: ["a@b", "@b.c", "a b@c.d"]),
        .init("^[\\D]$", ["x", "é"], not: ["1"]),
        .init("^[^\\W]$", ["x", "_"], not: ["é", " "]),
        .init("^\\S+$", ["abc"], not: ["a\u{FEFF}b", "a\u{00A0}b", "a\u{2003}b", " "]),
        .init("^\\s$", ["\t", "\n", "\u{2028}", "\u{3000}"], not: ["\u{200B}", "\u{180E}", "a"]),
        .init("\\bcat\\b", ["a cat.", "cat", "cat-flap"], not: ["concat", "cats", "cat_"]),
        .init("\\Bcat", ["concat"], not: ["cat", " cat"]),
        .init("^.$", ["é", "💩", "\u{85}"], not: ["\n", "\r", "\u{2028}", "\u{2029}", "ab", "e\u{301}"]),
        .init("^\\u0041\\x42\\u{43}\\cJ\\t\\0$", ["ABC\n\t\0"], not: ["ABC"]),
        .init("^\\uD83D\\uDCA9$", ["💩"], not: ["\u{FFFD}", ""]),
        .init("^[\\u{1F300}-\\u{1FAFF}]+$", ["💩🎉"], not: ["a", ""]),
        .init("^[\\uD83D\\uDCA9-z]?$".replacing("-z", with: ""), ["💩", ""], not: ["z"]),
        .init("^\\p{Letter}+$", ["Hello", "π", "日本"], not: ["123", "a1", ""]),
        .init("^\\p{Lu}\\p{Ll}*$", ["Élan", "A"], not: ["élan", "AB"]),
        .init("^\\p{General_Category=Decimal_Number}+$", ["٣4"], not: ["x", "Ⅷ"]),
        .init("^\\P{L}+$", ["123 -"], not: ["12a"]),
        .init("^[\\p{L}\\P{N}]+$", ["aé-"], not: ["1"]),
        .init("^[^\\p{L}\\d]+$", ["- "], not: ["a", "1", "é"]),
        .init("^\\p{Script=Greek}+$", ["αβγ"], not: ["abc", "α1"]),
        .init("^\\p{sc=Hani}+$", ["日本"], not: ["にほん"]),
        .init("^\\p{Alphabetic}\\p{White_Space}\\p{ASCII}$", ["é a"], not: ["é é", "1 a"]),
        .init("^\\p{Emoji_Presentation}$", ["🎉"], not: ["a", "1"]),
        .init("^[-a]+[a-]+[\\-\\]\\b]$", ["-a-]", "aa\u{8}"], not: ["b-]"]),
        .init("^[]$", [], not: ["", "a"]),
        .init("^[^]$", ["\n", "a"], not: ["", "ab"]),
        .init("^\\/\\-\\@\\_\\#\\ $", ["/-@_# "], not: [""]),
        .init("^{}[a-z]}]{,3}$", ["{}a}]{,3}"], not: ["a"]),
        .init("^(a|)(b?)*$", ["", "a", "abbb", "bb"], not: ["ba", "c"]),
        .init("^((a*)*)*$", ["", "aaaa"], not: ["b", "aab"]),
        .init("(^|,)x($|,)", ["x", "a,x", "x,b", "a,x,b"], not: ["ax", "xb"]),
        .init("(^)*a$|^$", ["a", "ba", ""], not: ["b"]),
        .init("a$|^b", ["xa", "bx"], not: ["ax", "xb"]),
        .init(
            "^(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}$".replacing("(?!$)", with: ""), ["1.2.3.4"],
            not: ["1.2.3", "256.1.1.1"]),
        .init("\\$\\^\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\\\", ["$^.*+?()[]{}|\\"], not: ["$"]),
        .init("é", ["café"], not: ["cafe\u{301}", "cafe"]),
    ]

    @Test("matches what ECMA-262 says, on the automaton and on the simulation", arguments: cases)
    func table(_ entry: PatternCase) throws {
        for limits in [PatternLimits.default, PatternLimits(maximumAutomatonStates: 0)] {
            let pattern = try LinearPattern(entry.pattern, limits: limits)
            #expect(pattern.isPrecomputed == (limits.maximumAutomatonStates > 0))
            for text in entry.matching {
                #expect(pattern.matches(in: text), "\(entry.pattern) should match \(text.debugDescription)")
            }
            for text in entry.other {
                #expect(!pattern.matches(in: text), "\(entry.pattern) should not match \(text.debugDescription)")
            }
        }
    }

    @Test("knows every general category under its long and its short name")
    func categories() throws {
        let names = [
            ("Lu", "Uppercase_Letter", "A"), ("Ll", "Lowercase_Letter", "a"), ("Lt", "Titlecase_Letter", "ǅ"),
            ("Lm", "Modifier_Letter", "ʰ"),
            ("Lo", "Other_Letter", "ª"), ("LC", "Cased_Letter", "a"), ("L", "Letter", "a"), ("Mn", "Nonspacing_Mark", "\u{301}"),
            ("Mc", "Spacing_Mark", "\u{903}"), ("Me", "Enclosing_Mark", "\u{488}"), ("M", "Mark", "\u{301}"),
            ("Nd", "Decimal_Number", "1"),
            ("Nl", "Letter_Number", "Ⅷ"), ("No", "Other_Number", "²"), ("N", "Number", "1"), ("Pc", "Connector_Punctuation", "_"),
            ("Pd", "Dash_Punctuation", "-"), ("Ps", "Open_Punctuation", "("), ("Pe", "Close_Punctuation", ")"),
            ("Pi", "Initial_Punctuation", "«"),
            ("Pf", "Final_Punctuation", "»"), ("Po", "Other_Punctuation", "!"), ("P", "Punctuation", "!"),
            ("Sm", "Math_Symbol", "+"),
            ("Sc", "Currency_Symbol", "€"), ("Sk", "Modifier_Symbol", "^"), ("So", "Other_Symbol", "©"), ("S", "Symbol", "+"),
            ("Zs", "Space_Separator", " "), ("Zl", "Line_Separator", "\u{2028}"), ("Zp", "Paragraph_Separator", "\u{2029}"),
            ("Z", "Separator", " "),
            ("Cc", "Control", "\u{1}"), ("Cf", "Format", "\u{200D}"), ("Co", "Private_Use", "\u{E000}"),
            ("Cn", "Unassigned", "\u{E0FFF}"),
            ("C", "Other", "\u{1}"),
        ]
        for (short, long, sample) in names {
            for name in [short, long, "gc=\(short)", "General_Category=\(long)"] {
                #expect(try LinearPattern("^\\p{\(name)}$").matches(in: sample), "\(name)")
                #expect(try !LinearPattern("^\\P{\(name)}$").matches(in: sample), "\(name)")
            }
        }
        #expect(throws: PatternError.self) { try LinearPattern("\\p{Nonsense}") }
    }

    @Test("patterns with many properties run without an automaton, with the same results")
    func manyProperties() throws {
        let pattern = try LinearPattern("^[\\p{Lu}\\p{Nd}\\p{Sc}\\p{Pd}\\p{Emoji_Presentation}]+$")
        #expect(!pattern.isPrecomputed)
        #expect(pattern.matches(in: "A1€-🎉"))
        #expect(!pattern.matches(in: "A1€-🎉a"))
    }

    @Test("is equal by source and prints it")
    func value() throws {
        #expect(try LinearPattern("a+") == LinearPattern("a+"))
        #expect(try LinearPattern("a+") != LinearPattern("a*"))
        #expect(try LinearPattern("a+").description == "a+")
    }
}
