import InterlockJSON
import Testing

/// A text and what the strict reader has to say about it.
struct GrammarCase: Sendable, CustomTestStringConvertible {
    var bytes: [UInt8]
    var code: JSONError.Code?

    init(_ text: String, _ code: JSONError.Code? = nil) { self.init(Array(text.utf8), code) }
    init(_ bytes: [UInt8], _ code: JSONError.Code? = nil) {
        self.bytes = bytes
        self.code = code
    }

    var testDescription: String { String(decoding: bytes, as: UTF8.self).debugDescription }

    /// Bytes inside the quotes of a string.
    static func quoted(_ content: [UInt8], _ code: JSONError.Code? = nil) -> GrammarCase {
        GrammarCase([0x22] + content + [0x22], code)
    }
}

@Suite("The grammar of RFC 8259")
struct GrammarTests {
    static let accepted: [GrammarCase] = [
        // Literals and white space
        "null", "true", "false", " null", "null ", "\t\n\r null\r\n\t ",
        // Numbers
        "0", "-0", "1", "-1", "10", "123456789", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808", "18446744073709551615", "123456789012345678901234567890",
        "0.0", "-0.0", "1.5", "0.000000000000000000000001", "1e0", "1E0", "1e+0", "1e-0", "1E+10", "1E-10",
        "0e1", "-0e-1", "1.5e300", "1e400", "-1e99999", "1.7976931348623157e308", "5e-324", "0.1e00001",
        // Strings
        #""""#, #""a""#, #""\"""#, #""\\""#, #""\/""#, #""/""#, #""\b\f\n\r\t""#, #""\u0000""#, #""\u001f""#,
        #""\u0041""#, #""\u00e9""#, #""\uFFFF""#, #""\uffff""#, #""\uAbCd""#, #""\ud83d\ude00""#, #""\uD800\uDC00""#,
        #""\uDBFF\uDFFF""#, #""\\u0041""#, #""a\u0062c""#, "\"\u{7F}\"", "\"é\"", "\"日本語\"", "\"😀\"", "\"\u{FEFF}\"",
        "\"\u{2028}\u{2029}\"", "\"\u{10FFFF}\"", "\"\u{FFFE}\"", #""1234567""#, #""12345678""#, #""123456789""#,
        "\"1234567é\"", "\"12345678é9012345\"", #""a tail that ends in an escape \n""#,
        // Arrays
        "[]", "[ ]", "[\n]", "[1]", "[1,2]", "[ 1 , 2 ]", "[null,true,false]", "[[]]", "[[],[]]", "[[[1],2],3]",
        #"["a",1,{}]"#,
        // Objects
        "{}", "{ }", #"{"a":1}"#, #"{ "a" : 1 }"#, #"{"a":1,"b":2}"#, #"{"":0}"#, #"{"a":{"b":{"c":[]}}}"#,
        #"{"a":1,"a":2}"#, #"{"\u0061":1}"#, #"{"a":[{"b":[{}]}]}"#, "{\"\n\":1}".replacing("\n", with: #"\n"#),
    ].map { GrammarCase($0) } + [
        // The ends of each range of well-formed UTF-8
        .quoted([0xC2, 0x80]), .quoted([0xDF, 0xBF]), .quoted([0xE0, 0xA0, 0x80]), .quoted([0xE0, 0xBF, 0xBF]),
        .quoted([0xE1, 0x80, 0x80]), .quoted([0xEC, 0xBF, 0xBF]), .quoted([0xED, 0x80, 0x80]), .quoted([0xED, 0x9F, 0xBF]),
        .quoted([0xEE, 0x80, 0x80]), .quoted([0xEF, 0xBF, 0xBF]), .quoted([0xF0, 0x90, 0x80, 0x80]),
        .quoted([0xF3, 0xBF, 0xBF, 0xBF]), .quoted([0xF4, 0x80, 0x80, 0x80]), .quoted([0xF4, 0x8F, 0xBF, 0xBF]),
    ]

    static let refused: [GrammarCase] = [
        // Nothing, or the beginning of something
        "", " ", "\n", "n", "nul", "t", "tru", "f", "fals", "-", "\"", "\"a", "[", "[1", "[1,", "{", #"{"a"#, #"{"a""#,
        #"{"a":"#, #"{"a":1"#, #"{"a":1,"#, "1.", "1e", "1e+", #""\"#, #""\u"#, #""\u00"#, #""\u0041"#,
        // Words
        "nulL", "Null", "NULL", "True", "TRUE", "truE", "False", "falsE", "undefined", "NaN", "Infinity", "-Infinity", "nan",
        // Numbers
        "+1", "01", "-01", "00", "-00", "00.5", ".5", "-.5", "1.e1", "1.-1", "-a", "--1", "- 1", "1ee1",
        "1e+-1", "1..2", "٣", "１",
        // Strings
        "'a'", #""\a""#, #""\x41""#, #""\0""#, #""\ ""#, #""\'""#, #""\U0041""#, #""\u004""#, #""\u004g""#, #""\u00 1""#,
        #""\u-041""#, "\"\n\"", "\"\t\"", "\"\r\"", "\"\u{0}\"", "\"\u{1F}\"", "\"12345678\n\"", #""\ud800""#, #""\ud800a""#,
        #""\ud800\n""#, #""\ud800\u0041""#, #""\ud800\ud800""#, #""\udc00""#, #""\udfff\ud800""#, #""\udbff\u""#, "a", "a\"b\"",
        // Arrays
        "]", "[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1}", "[[]", "[1;2]", "[\u{A0}]", "[\u{B}]", "[\u{C}1]",
        // Objects
        "}", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,"a":1}"#, #"{"a":1 "b":2}"#, #"{"a" 1}"#, #"{"a"::1}"#, #"{"a":1]"#,
        "{a:1}", "{'a':1}", "{1:1}", "{null:1}", #"{"a":1,"b"}"#, #"{[]:1}"#, #"{"a":1:2}"#,
        // Comments
        "/**/1", "//\n1", "#1",
    ].map { GrammarCase($0, .syntax) } + [
        GrammarCase("1/**/", .trailingBytes), GrammarCase("1 2", .trailingBytes), GrammarCase("[] []", .trailingBytes),
        GrammarCase("{}}", .trailingBytes), GrammarCase("[]]", .trailingBytes), GrammarCase("null,", .trailingBytes),
        GrammarCase("1a", .trailingBytes), GrammarCase("truee", .trailingBytes), GrammarCase("\"a\"b", .trailingBytes),
        GrammarCase("1\u{0}", .trailingBytes), GrammarCase("null\u{A0}", .trailingBytes), GrammarCase("0x1", .trailingBytes),
        GrammarCase("1e1.5", .trailingBytes), GrammarCase("0b1", .trailingBytes), GrammarCase("1_000", .trailingBytes),
        GrammarCase("1,000", .trailingBytes), GrammarCase("1.5f", .trailingBytes),
        GrammarCase("1 \u{FEFF}", .trailingBytes),
        // Byte order marks, and other encodings than UTF-8
        GrammarCase("\u{FEFF}{}", .invalidUTF8), GrammarCase("\u{FEFF}", .invalidUTF8),
        GrammarCase([0xFE, 0xFF, 0x00, 0x31], .syntax), GrammarCase([0xFF, 0xFE, 0x31, 0x00], .syntax),
        GrammarCase([0x00, 0x31], .syntax), GrammarCase([0x31, 0x00], .trailingBytes), GrammarCase([0xEF, 0xBB], .syntax),
        // Malformed UTF-8: stray, cut short, overlong, surrogates, beyond Unicode
        .quoted([0x80], .invalidUTF8), .quoted([0xBF], .invalidUTF8), .quoted([0xC0, 0x80], .invalidUTF8),
        .quoted([0xC1, 0xBF], .invalidUTF8), .quoted([0xC2], .invalidUTF8), .quoted([0xC2, 0x41], .invalidUTF8),
        .quoted([0xC2, 0xC2], .invalidUTF8), .quoted([0xE0, 0x80, 0x80], .invalidUTF8), .quoted([0xE0, 0x9F, 0xBF], .invalidUTF8),
        .quoted([0xE2, 0x82], .invalidUTF8), .quoted([0xE2, 0x82, 0x41], .invalidUTF8), .quoted([0xED, 0xA0, 0x80], .invalidUTF8),
        .quoted([0xED, 0xBF, 0xBF], .invalidUTF8), .quoted([0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80], .invalidUTF8),
        .quoted([0xF0, 0x80, 0x80, 0x80], .invalidUTF8), .quoted([0xF0, 0x8F, 0xBF, 0xBF], .invalidUTF8),
        .quoted([0xF0, 0x9F, 0x98], .invalidUTF8), .quoted([0xF0, 0x9F, 0x98, 0x41], .invalidUTF8),
        .quoted([0xF4, 0x90, 0x80, 0x80], .invalidUTF8), .quoted([0xF5, 0x80, 0x80, 0x80], .invalidUTF8),
        .quoted([0xF8, 0x88, 0x80, 0x80, 0x80], .invalidUTF8), .quoted([0xFE], .invalidUTF8), .quoted([0xFF], .invalidUTF8),
        .quoted(Array("1234567".utf8) + [0xFF], .invalidUTF8), .quoted(Array("12345678".utf8) + [0xC3], .invalidUTF8),
        GrammarCase([0x22, 0xC3], .invalidUTF8), GrammarCase([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], .invalidUTF8),
        GrammarCase([0xC3, 0xA9], .syntax),
    ]

    @Test("valid texts are accepted by every entrance", arguments: accepted)
    func accepts(_ text: GrammarCase) throws {
        let raw = try RawJSON(text.bytes)
        #expect(try JSONValue(parsing: text.bytes) == raw.value())
        _ = try JSONCoding.decode(JSONValue.self, from: text.bytes)
        // Inside an envelope, too.
        let message = Array(#"{"jsonrpc":"2.0","id":1,"result":"#.utf8) + text.bytes + [0x7D]
        #expect(try ScannedMessage.scan(message).result == raw)
    }

    @Test("invalid texts are refused by every entrance, with the same code", arguments: refused)
    func refuses(_ text: GrammarCase) throws {
        let error = try #require(throws: JSONError.self) { try RawJSON(text.bytes) }
        #expect(error.code == text.code, "\(error)")
        #expect(throws: error) { try JSONValue(parsing: text.bytes) }
        #expect(throws: error) { try JSONCoding.decode(JSONValue.self, from: text.bytes) }
        if let offset = error.offset { #expect((0...text.bytes.count).contains(offset)) }
    }

    @Test("the tables are as long as they should be")
    func sizes() { #expect(Self.accepted.count >= 90 && Self.refused.count >= 150) }

    @Test("a text that is cut anywhere is refused")
    func truncation() throws {
        let text = Array(#"{"a":[1.5e3,"é\u00e9\ud83d\ude00",true,false,null,{"b":{}}],"c":-0}"#.utf8)
        _ = try RawJSON(text)
        for length in 0..<text.count {
            #expect(throws: JSONError.self) { try RawJSON(Array(text.prefix(length))) }
        }
    }

    @Test("a string is checked the same wherever in a word of eight bytes it stands")
    func alignment() throws {
        for padding in 0..<24 {
            let plain = String(repeating: "x", count: padding)
            for (content, isValid) in [("\\n", true), ("é", true), ("😀", true), ("\u{1}", false), ("\\q", false), ("\"", false)] {
                for tail in 0..<10 {
                    let text = "\"" + plain + content + String(repeating: "y", count: tail) + "\""
                    #expect(((try? RawJSON(parsing: text)) != nil) == isValid, "\(text)")
                }
            }
            #expect(try JSONValue(parsing: "\"\(plain)\\u0041\\ud83d\\ude00é\"") == .string(plain + "A😀é"))
        }
    }

    @Test("escapes stand for their characters")
    func escapes() throws {
        let text = #""\"\\\/\b\f\n\r\t\u0000\u00e9\u20ac\uD83D\uDE00\uffff""#
        #expect(try JSONValue(parsing: text) == .string("\"\\/\u{8}\u{C}\n\r\t\u{0}é€😀\u{FFFF}"))
    }

    @Test("an error says what is wrong and where", arguments: [
        (#"{"a":1,}"#, "a member name in double quotes must stand at byte 7", 7),
        (#"{"a":01}"#, "a number must not start with a zero followed by digits (byte 6)", 6),
        (#"["\ud800"]"#, "the \\u escape at byte 2 is half of a surrogate pair", 2),
        (#"[1 2]"#, "a comma or the end of the container must stand at byte 3", 3),
    ])
    func messages(_ text: String, _ message: String, _ offset: Int) throws {
        let error = try #require(throws: JSONError.self) { try RawJSON(parsing: text) }
        #expect(error.message == message)
        #expect(error.offset == offset)
        #expect(error.description == "syntax: \(message) (byte \(offset))")
    }
}
