import InterlockJSON
import Testing

@Suite("Exact numbers")
struct JSONNumberTests {
    private static func number(_ text: String) -> JSONNumber {
        guard let number = JSONNumber(text) else { fatalError("\(text) is a number") }
        return number
    }

    @Test("every spelling survives", arguments: [
        "0", "-0", "1", "-1", "1.0", "1.00", "1e0", "1E0", "10e-1", "9007199254740993", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "18446744073709551616", "0.1", "123456789.123456789123456789",
        "1e400", "-1e-400", "0.0", "-0.0", "1E+2",
    ])
    func spelling(_ text: String) throws {
        #expect(Self.number(text).text == text)
        #expect(try JSONValue(parsing: text) == .number(Self.number(text)))
        #expect(try JSONValue(parsing: text).description == text)
    }

    @Test("text that is no number makes none", arguments: ["", " 1", "1 ", "+1", "01", "1.", ".5", "1e", "-", "NaN", "inf", "0x1", "1a", "\"1\""])
    func malformed(_ text: String) { #expect(JSONNumber(text) == nil) }

    @Test("equality goes by spelling, numeric equality does not", arguments: [
        ("1", "1.0", true), ("1", "10e-1", true), ("1.0", "1.00", true), ("1e3", "1000", true), ("0", "-0", true),
        ("0.0", "0e99", true), ("-0.0", "0", true), ("1", "2", false), ("1", "-1", false), ("9007199254740993", "9007199254740992", false),
        ("9007199254740993.0", "9007199254740993", true), ("0.1", "0.10000000000000001", false), ("1e400", "1e401", false),
        ("1e400", "10e399", true), ("100000000000000000000", "1e20", true), ("1e-999999999", "0", false),
        ("1e999999999999999999999999", "1", false), ("12345678901234567890.5", "1234567890123456789.05e1", true),
    ])
    func equality(_ a: String, _ b: String, _ isEqual: Bool) {
        #expect(Self.number(a) != Self.number(b))
        #expect(Self.number(a).isNumericallyEqual(to: Self.number(b)) == isEqual)
        #expect(Self.number(b).isNumericallyEqual(to: Self.number(a)) == isEqual)
    }

    @Test("numbers compare in their true order")
    func order() {
        let ascending = [
            "-1e400", "-18446744073709551616", "-9223372036854775808", "-2", "-1.5", "-1.4999999999999999999999", "-1", "-1e-400", "0",
            "1e-400", "0.1", "0.10000000000000000000001", "0.2", "1", "1.0000000000000000000001", "9", "10", "99", "1e2", "101",
            "9007199254740992", "9007199254740993", "9223372036854775807", "9223372036854775808", "1e19", "18446744073709551616", "1e400",
        ].map(Self.number)
        for (i, a) in ascending.enumerated() {
            for (j, b) in ascending.enumerated() {
                #expect(JSONNumber.numericCompare(a, b) == (i < j ? -1 : i > j ? 1 : 0), "\(a) and \(b)")
            }
        }
    }

    @Test("random decimals compare as their integers do after scaling")
    func randomOrder() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            let a = Int.random(in: -100_000...100_000, using: &random)
            let b = random.chance(20) ? a : Int.random(in: -100_000...100_000, using: &random)
            let (x, y) = (decimal(a, &random), decimal(b, &random))
            #expect(JSONNumber.numericCompare(x, y) == (a < b ? -1 : a > b ? 1 : 0), "\(x) and \(y)")
            if b != 0 { #expect(x.isMultiple(of: y) == (a % b == 0), "\(x) and \(y)") }
            #expect(x.isIntegral == (a % 1000 == 0), "\(x)")
        }
    }

    /// `thousandths / 1000` in one of many spellings.
    private func decimal(_ thousandths: Int, _ random: inout SeededGenerator) -> JSONNumber {
        let sign = thousandths < 0 ? "-" : ""
        let magnitude = thousandths.magnitude
        let fraction = String(magnitude % 1000 + 1000).dropFirst()
        let zeros = String(repeating: "0", count: Int.random(in: 0...3, using: &random))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return Self.number("\(sign)\(magnitude)e-3")
        case 1: return Self.number("\(sign)\(magnitude / 1000).\(fraction)\(zeros)")
        case 2: return Self.number("\(sign)\(magnitude)\(zeros)E-\(3 + zeros.count)")
        default: return Self.number("\(sign)0.\(zeros)\(magnitude)e+\(String(magnitude).count + zeros.count - 3)".replacing("e+-", with: "e-"))
        }
    }

    @Test("no number is too long or too big to compute with")
    func extremes() throws {
        var random = SeededGenerator(seed: 11)
        func extreme() -> JSONNumber {
            let exponent = (0..<Int.random(in: 1...40, using: &random)).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
            return Self.number(String(random.numberText().prefix { $0 != "e" && $0 != "E" }) + ["e", "E+", "e-"].randomElement(using: &random)! + exponent)
        }
        for _ in 0..<3_000 {
            let (a, b) = (extreme(), extreme())
            #expect(JSONNumber.numericCompare(a, b) == -JSONNumber.numericCompare(b, a))
            #expect(a.isNumericallyEqual(to: a))
            #expect(!b.isMultiple(of: a) || b.isIntegral || !a.isIntegral)
            #expect(a.exactInteger == nil || a.isIntegral)
            #expect(!a.double.isNaN)
            let raw = try RawJSON(parsing: a.text)
            _ = try? raw.decode(Int128.self)
            _ = try? raw.decode(UInt8.self)
            _ = try? raw.decode(Float.self)
        }
        let long = Self.number("1" + String(repeating: "0", count: 100_000) + "1")
        #expect(JSONNumber.numericCompare(long, Self.number("1e100001")) == 1)
        #expect(long.isMultiple(of: 11))
        #expect(!long.isMultiple(of: 7))
    }

    @Test("integral numbers are known as such", arguments: [
        ("1", true), ("1.0", true), ("1e3", true), ("1.5e1", true), ("0.0", true), ("100e-2", true), ("1e400", true),
        ("1.5", false), ("1e-1", false), ("0.1", false), ("123e-3", false), ("1e-400", false),
    ])
    func integral(_ text: String, _ isIntegral: Bool) { #expect(Self.number(text).isIntegral == isIntegral) }

    @Test("machine integers come out only where they are exact")
    func integers() {
        #expect(Self.number("42").int == 42)
        #expect(Self.number("-0").int == 0)
        #expect(Self.number("1.0").int == nil)
        #expect(Self.number("9223372036854775808").int == nil)
        #expect(Self.number("1.0").exactInteger == 1)
        #expect(Self.number("1e3").exactInteger == 1000)
        #expect(Self.number("-1.50e1").exactInteger == -15)
        #expect(Self.number("9223372036854775807.0").exactInteger == .max)
        #expect(Self.number("9223372036854775808.0").exactInteger == nil)
        #expect(Self.number("1.5").exactInteger == nil)
        #expect(Self.number("1e999999999999").exactInteger == nil)
        #expect(JSONNumber(UInt64.max).text == "18446744073709551615")
    }

    @Test("doubles are the nearest ones")
    func doubles() throws {
        #expect(Self.number("1e400").double == .infinity)
        #expect(Self.number("-1e400").double == -.infinity)
        #expect(Self.number("1e-400").double == 0)
        #expect(Self.number("-0.0").double.sign == .minus)
        #expect(Self.number("9007199254740993").double == 9007199254740992)
        var random = SeededGenerator(seed: 5)
        for _ in 0..<5_000 {
            let text = random.numberText()
            #expect(Self.number(text).double == Double(text), "\(text)")
            let value = Double(bitPattern: random.next())
            if let number = JSONNumber(value) {
                #expect(number.double == value)
            } else {
                #expect(!value.isFinite)
            }
        }
    }

    @Test("multiples are exact in decimal", arguments: [
        ("0.3", "0.1", true), ("4.5", "1.5", true), ("0.0075", "0.0001", true), ("0.00751", "0.0001", false), ("1e308", "0.123456789", false),
        ("1e308", "0.5", true), ("35", "1.5", false), ("0", "3", true), ("0", "0", false), ("5", "0", false), ("-9", "3", true),
        ("9007199254740993", "2", false), ("18446744073709551616", "2", true), ("18446744073709551615", "2", false),
        ("1e1000000000", "7", false), ("7e1000000000", "7", true), ("1", "1e-1000000000", true), ("1", "1e1000000000", false),
        ("-9223372036854775808", "-1", true), ("1e3", "1000", true),
    ])
    func multiples(_ a: String, _ b: String, _ isMultiple: Bool) {
        #expect(Self.number(a).isMultiple(of: Self.number(b)) == isMultiple)
    }

    @Test("literals and machine numbers")
    func construction() {
        let integer: JSONNumber = 3
        let fraction: JSONNumber = 3.0
        #expect(integer.text == "3")
        #expect(fraction.text == "3.0")
        #expect(JSONNumber(Double.nan) == nil)
        #expect(JSONNumber(Double.infinity) == nil)
        #expect(Set([integer, JSONNumber(Int64(3)), JSONNumber(UInt64(3))]).count == 1)
    }
}
