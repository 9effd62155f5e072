import InterlockJSON

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension SeededGenerator {
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    /// Text that is mostly plain, with everything a JSON string must escape or encode now and then.
    mutating func string(maximumLength: Int = 24) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...maximumLength, using: &self) {
            switch Int.random(in: 0..<20, using: &self) {
            case 0: scalars.append(Unicode.Scalar(UInt8.random(in: 0..<0x20, using: &self)))
            case 1: scalars.append(["\"", "\\", "/", "\u{7F}"].randomElement(using: &self)!)
            case 2: scalars.append(scalar(in: 0x80...0x7FF))
            case 3: scalars.append(scalar(in: 0x800...0xFFFF))
            case 4: scalars.append(scalar(in: 0x10000...0x10FFFF))
            default: scalars.append(Unicode.Scalar(UInt8.random(in: 0x20..<0x7F, using: &self)))
            }
        }
        return String(scalars)
    }

    private mutating func scalar(in range: ClosedRange<UInt32>) -> Unicode.Scalar {
        Unicode.Scalar(UInt32.random(in: range, using: &self)) ?? "\u{FFFD}"
    }

    /// Number text by the grammar, of any spelling.
    mutating func numberText() -> String {
        var text = chance(30) ? "-" : ""
        let digits = Int.random(in: 1...(chance(10) ? 30 : 6), using: &self)
        let whole = (0..<digits).map { _ in String(Int.random(in: 0...9, using: &self)) }.joined()
        let trimmed = whole.drop { $0 == "0" }
        text += trimmed.isEmpty ? "0" : String(trimmed)
        if chance(30) { text += "." + (0..<Int.random(in: 1...6, using: &self)).map { _ in String(Int.random(in: 0...9, using: &self)) }.joined() }
        if chance(15) { text += ["e", "E", "e+", "e-", "E-"].randomElement(using: &self)! + String(Int.random(in: 0...30, using: &self)) }
        return text
    }

    mutating func value(depth: Int = 5) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 10 : 6), using: &self) {
        case 0: .null
        case 1: .bool(Bool.random(using: &self))
        case 2, 3: .number(JSONNumber(numberText())!)
        case 4, 5: .string(string())
        case 6, 7: .array((0..<Int.random(in: 0...6, using: &self)).map { _ in value(depth: depth - 1) })
        default:
            .object(JSONObject((0..<Int.random(in: 0...(chance(5) ? 40 : 6), using: &self)).map { _ in (string(), value(depth: depth - 1)) }))
        }
    }

    /// The text of a value with random white space and random escapes, which must not change its meaning.
    mutating func text(of value: JSONValue) -> String {
        switch value {
        case .string(let text): return quoted(text)
        case .array(let elements):
            return "[" + space() + elements.map { text(of: $0) + space() }.joined(separator: "," + space()) + "]"
        case .object(let members):
            return "{" + space()
                + members.map { quoted($0.key) + space() + ":" + space() + text(of: $0.value) + space() }.joined(separator: "," + space())
                + "}"
        default: return value.description
        }
    }

    private mutating func space() -> String {
        chance(80) ? "" : [" ", "\n", "\t", "\r", " \r\n\t "].randomElement(using: &self)!
    }

    private mutating func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || chance(5) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: Bool.random(using: &self))
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
