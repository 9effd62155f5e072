extension PatternParser {
    /// What an escape stands for inside or outside a class.
    enum Escape {
        case scalar(UInt32)
        case set(ScalarSet)
    }

    /// Reads an escape outside a class; the backslash is next.
    mutating func escape() throws(PatternError) -> PatternSyntax {
        let start = position
        guard start + 1 < source.count else {
            throw syntaxError("a lone \"\\\" ends the pattern; write \"\\\\\" for the character")
        }
        switch source[start + 1] {
        case "b":
            position += 2
            return .assertion(.wordBoundary)
        case "B":
            position += 2
            return .assertion(.noWordBoundary)
        case "1"..."9", "k":
            throw PatternError(
                .unsupported,
                "back-references (\(text(from: start, to: start + 2))) are not supported, because patterns run in linear time here; write the repeated part out",
                offset: start)
        case "A", "z", "Z":
            throw PatternError(
                .syntax,
                "\(text(from: start, to: start + 2)) is not ECMA-262 syntax; use \"^\" for the start and \"$\" for the end",
                offset: start)
        default:
            return switch try commonEscape() {
            case .scalar(let value): .scalar(ScalarSet(scalar: value))
            case .set(let set): .scalar(set)
            }
        }
    }

    /// Reads an escape that means the same inside and outside a class; the backslash is next and something follows it.
    mutating func commonEscape() throws(PatternError) -> Escape {
        let start = position
        let letter = source[start + 1]
        position += 2
        switch letter {
        case "d": return .set(.digits)
        case "D": return .set(ScalarSet.digits.inverted)
        case "w": return .set(.word)
        case "W": return .set(ScalarSet.word.inverted)
        case "s": return .set(.space)
        case "S": return .set(ScalarSet.space.inverted)
        case "t": return .scalar(0x09)
        case "n": return .scalar(0x0A)
        case "v": return .scalar(0x0B)
        case "f": return .scalar(0x0C)
        case "r": return .scalar(0x0D)
        case "0":
            guard peek()?.decimalDigit == nil else {
                throw PatternError(.syntax, "octal escapes are not supported; write \"\\xHH\"", offset: start)
            }
            return .scalar(0)
        case "c":
            guard let control = peek(), ("a"..."z").contains(control) || ("A"..."Z").contains(control) else {
                throw PatternError(.syntax, "\"\\c\" has to be followed by a letter from A to Z", offset: start)
            }
            position += 1
            return .scalar(control.value & 0x1F)
        case "x":
            guard let value = hexadecimal(digits: 2) else {
                throw PatternError(.syntax, "\"\\x\" has to be followed by two hexadecimal digits", offset: start)
            }
            return .scalar(value)
        case "u": return .scalar(try unicodeEscape(from: start))
        case "p", "P":
            let set = try propertyEscape(from: start)
            return .set(letter == "P" ? set.inverted : set)
        case _
        where letter.isASCII && (letter.properties.generalCategory != .control) && !letter.properties.isAlphabetic
            && letter.decimalDigit == nil:
            return .scalar(letter.value)
        default:
            throw PatternError(
                .syntax,
                "\(text(from: start, to: start + 2)) is not an escape of this syntax; leave the backslash out to mean the character itself",
                offset: start)
        }
    }

    private mutating func unicodeEscape(from start: Int) throws(PatternError) -> UInt32 {
        let malformed = PatternError(
            .syntax, "\"\\u\" has to be followed by four hexadecimal digits, or by a code point up to 10FFFF in braces",
            offset: start)
        if take("{") {
            var value: UInt32 = 0
            let first = position
            while let digit = peek()?.hexadecimalDigit {
                value = value * 16 + digit
                guard value <= ScalarSet.largestScalar else { throw malformed }
                position += 1
            }
            guard position > first, take("}") else { throw malformed }
            return value
        }
        guard let unit = hexadecimal(digits: 4) else { throw malformed }
        guard (0xD800...0xDBFF).contains(unit), peek() == "\\", position + 1 < source.count, source[position + 1] == "u" else {
            return unit
        }
        let afterFirst = position
        position += 2
        if let low = hexadecimal(digits: 4), (0xDC00...0xDFFF).contains(low) {
            return 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        }
        position = afterFirst
        return unit
    }

    private mutating func hexadecimal(digits: Int) -> UInt32? {
        guard position + digits <= source.count else { return nil }
        var value: UInt32 = 0
        for index in position..<(position + digits) {
            guard let digit = source[index].hexadecimalDigit else { return nil }
            value = value * 16 + digit
        }
        position += digits
        return value
    }

    private mutating func propertyEscape(from start: Int) throws(PatternError) -> ScalarSet {
        let open = position
        guard take("{") else {
            throw PatternError(.syntax, "a property is written in braces, such as \"\\p{L}\" or \"\\p{Lu}\"", offset: start)
        }
        while let next = peek(), next != "}" { position += 1; _ = next }
        guard take("}") else { throw PatternError(.syntax, "the property's name is never closed with \"}\"", offset: start) }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: source[(open + 1)..<(position - 1)])
        let text = String(view)
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            guard let property = UnicodeProperty(name: text) else {
                throw PatternError(
                    .unsupported,
                    "there is no property \"\(text)\" here; general categories (L, Lu, Nd, Punctuation, …), Script=… and properties such as Alphabetic are known",
                    offset: start)
            }
            return ScalarSet(properties: [property])
        }
        switch parts[0] {
        case "General_Category", "gc":
            guard let property = UnicodeProperty(categoryName: parts[1]) else {
                throw PatternError(.syntax, "there is no general category \"\(parts[1])\"", offset: start)
            }
            return ScalarSet(properties: [property])
        case "Script", "sc":
            guard let ranges = UnicodeScript.ranges(named: parts[1]) else {
                throw PatternError(
                    .unsupported,
                    "the script \"\(parts[1])\" is not built in; these are: \(UnicodeScript.names.joined(separator: ", "))",
                    offset: start)
            }
            return ScalarSet(ranges: ranges)
        default:
            throw PatternError(
                .unsupported, "the property \"\(parts[0])\" is not supported; General_Category and Script are", offset: start)
        }
    }
}
