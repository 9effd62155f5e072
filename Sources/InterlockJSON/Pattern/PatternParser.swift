/// Reads ECMA-262 pattern syntax (the `u` flag's, as JSON Schema asks for) into a tree.
///
/// Lenient in two places where only one reading is possible and patterns in the wild rely on it: an escaped ASCII punctuation mark or blank stands
/// for itself, and a brace or a closing bracket that opens nothing is a literal.
struct PatternParser {
    let source: [Unicode.Scalar]
    let limits: PatternLimits
    var position = 0
    private var nesting = 0

    init(_ source: String, limits: PatternLimits) throws(PatternError) {
        guard source.utf8.count <= limits.maximumSourceLength else {
            throw PatternError(
                .tooLarge, "the pattern is \(source.utf8.count) bytes long, the limit is \(limits.maximumSourceLength)", offset: 0
            )
        }
        self.source = Array(source.unicodeScalars)
        self.limits = limits
    }

    /// Reads the whole source.
    mutating func parse() throws(PatternError) -> PatternSyntax {
        let tree = try alternatives()
        if position < source.count {
            throw syntaxError("\")\" closes no group; write \"\\)\" for the character")
        }
        return tree
    }

    private mutating func alternatives() throws(PatternError) -> PatternSyntax {
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .alternation(parts)
    }

    private mutating func sequence() throws(PatternError) -> PatternSyntax {
        var parts: [PatternSyntax] = []
        while let next = peek(), next != "|", next != ")" { parts.append(try term()) }
        return switch parts.count {
        case 0: .empty
        case 1: parts[0]
        default: .sequence(parts)
        }
    }

    private mutating func term() throws(PatternError) -> PatternSyntax {
        let start = position
        let part: PatternSyntax
        switch source[position] {
        case "^":
            position += 1
            part = .assertion(.start)
        case "$":
            position += 1
            part = .assertion(.end)
        case "(":
            part = try group()
        case ".":
            position += 1
            part = .scalar(.dot)
        case "[":
            part = .scalar(try characterClass())
        case "\\":
            part = try escape()
        case "*", "+", "?":
            throw syntaxError(
                "\"\(source[position])\" has nothing to repeat (possessive quantifiers are not part of this syntax)")
        case let literal:
            if literal == "{", quantifierBounds(at: position) != nil { throw syntaxError("\"{\" has nothing to repeat") }
            position += 1
            part = .scalar(ScalarSet(scalar: literal.value))
        }
        return try quantified(part, from: start)
    }

    private mutating func quantified(_ part: PatternSyntax, from start: Int) throws(PatternError) -> PatternSyntax {
        let offset = position
        let bounds: (minimum: Int, maximum: Int?)
        switch peek() {
        case "*": bounds = (0, nil)
        case "+": bounds = (1, nil)
        case "?": bounds = (0, 1)
        case "{":
            guard let braces = quantifierBounds(at: position) else { return part }
            position = braces.end - 1
            bounds = (braces.minimum, braces.maximum)
        default: return part
        }
        position += 1
        if case .assertion = part, source[start] != "(" {
            throw PatternError(
                .syntax, "\(text(from: start, to: offset)) takes up no text and cannot be repeated", offset: offset)
        }
        if let maximum = bounds.maximum, maximum < bounds.minimum {
            throw PatternError(
                .syntax, "the repetition \(text(from: offset, to: position)) has its bounds out of order", offset: offset)
        }
        _ = take("?")  // lazy: the same texts match
        return .repetition(part, minimum: bounds.minimum, maximum: bounds.maximum, offset: offset)
    }

    /// `{n}`, `{n,}` or `{n,m}` at a place, nil if the brace there is something else. Huge counts are clamped: they pass the program limit anyhow.
    private func quantifierBounds(at start: Int) -> (minimum: Int, maximum: Int?, end: Int)? {
        var index = start + 1
        func number() -> Int? {
            let first = index
            var value = 0
            while index < source.count, let digit = source[index].decimalDigit {
                value = min(value * 10 + digit, 1_000_000_000)
                index += 1
            }
            return index > first ? value : nil
        }
        guard let minimum = number(), index < source.count else { return nil }
        var maximum: Int? = minimum
        if source[index] == "," {
            index += 1
            maximum = number()
        }
        guard index < source.count, source[index] == "}" else { return nil }
        return (minimum, maximum, index + 1)
    }

    private mutating func group() throws(PatternError) -> PatternSyntax {
        let start = position
        position += 1
        nesting += 1
        guard nesting <= limits.maximumNesting else {
            throw PatternError(.tooLarge, "groups nest deeper than the limit of \(limits.maximumNesting)", offset: start)
        }
        if take("?") { try groupKind(from: start) }
        let content = try alternatives()
        guard take(")") else {
            throw PatternError(.syntax, "the group is never closed; add \")\", or write \"\\(\" for the character", offset: start)
        }
        nesting -= 1
        return content
    }

    private mutating func groupKind(from start: Int) throws(PatternError) {
        func refuse(_ what: String, _ advice: String) -> PatternError {
            PatternError(
                .unsupported, "\(what) is not supported, because patterns run in linear time here; \(advice)", offset: start)
        }
        if take(":") { return }
        let lookAhead = "state the condition in the schema, with \"allOf\" over several patterns or with \"not\""
        if peek() == "=" { throw refuse("look-ahead \"(?=\"", lookAhead) }
        if peek() == "!" { throw refuse("negative look-ahead \"(?!\"", lookAhead) }
        if take("<") {
            if peek() == "=" || peek() == "!" {
                throw refuse("look-behind \"(?<\(source[position])\"", "match the text before it as part of the pattern")
            }
            try groupName(from: start)
            return
        }
        if peek() == "P" {
            throw PatternError(.syntax, "\"(?P\" is not ECMA-262 syntax; a named group is written \"(?<name>…)\"", offset: start)
        }
        throw PatternError(
            .unsupported,
            "this kind of group is not supported; use \"(…)\", \"(?:…)\" or \"(?<name>…)\", and write flags out as classes such as [Aa]",
            offset: start)
    }

    private mutating func groupName(from start: Int) throws(PatternError) {
        let first = position
        while let next = peek(), next != ">" {
            let fits =
                position == first
                ? next.properties.isIDStart || next == "_" || next == "$" : next.properties.isIDContinue || next == "$"
            guard fits else { throw syntaxError("\"\(next)\" cannot be part of a group's name") }
            position += 1
        }
        guard position > first, take(">") else {
            throw PatternError(.syntax, "the group's name is empty or never closed", offset: start)
        }
    }

    // MARK: Reading

    func peek() -> Unicode.Scalar? { position < source.count ? source[position] : nil }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    func syntaxError(_ message: String) -> PatternError { PatternError(.syntax, message, offset: position) }

    /// A piece of the source in quotes, for messages.
    func text(from start: Int, to end: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: source[start..<min(end, source.count)])
        return "\"\(String(view))\""
    }
}

extension Unicode.Scalar {
    var decimalDigit: Int? { "0" <= self && self <= "9" ? Int(value) - 0x30 : nil }

    var hexadecimalDigit: UInt32? {
        switch self {
        case "0"..."9": value - 0x30
        case "a"..."f": value - 0x61 + 10
        case "A"..."F": value - 0x41 + 10
        default: nil
        }
    }
}
