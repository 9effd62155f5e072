import InterlockSimulation

/// Makes texts that match a simple regular expression: literals, classes, `\d \w \s`, groups, alternatives and quantifiers.
///
/// Look-around, references back, word boundaries and Unicode properties are not for it. What it makes is checked by the schema afterwards, so it need
/// not be right about every pattern; `^` and `$` cost nothing, because the text is nothing but the match.
struct PatternExample {
    private indirect enum Node {
        case characters([Character])
        case sequence([Node])
        case choice([Node])
        case repetition(Node, ClosedRange<Int>)
        /// A repetition without an end.
        case endless(Node, atLeast: Int)
    }

    private struct Unsupported: Error {}

    private let root: Node

    /// Reads a pattern; nil when it has something that is not simple.
    init?(_ pattern: String) {
        var rest = Substring(pattern)
        guard let root = try? Self.alternatives(&rest, depth: 0), rest.isEmpty else { return nil }
        self.root = root
    }

    /// A text; endless repetitions go up to `length` times beyond their least. Nested repetitions multiply, so it ends after 40,000 steps wherever it is.
    func text(length: Int, _ random: inout SeededRandom) -> String {
        var (text, left) = ("", 40_000)
        write(root, max(1, length), &random, &text, &left)
        return text
    }

    private func write(_ node: Node, _ length: Int, _ random: inout SeededRandom, _ text: inout String, _ left: inout Int) {
        guard left > 0 else { return }
        left -= 1
        switch node {
        case .characters(let characters): text.append(characters[Int.random(in: 0..<characters.count, using: &random)])
        case .sequence(let nodes): for node in nodes { write(node, length, &random, &text, &left) }
        case .choice(let nodes): write(nodes[Int.random(in: 0..<nodes.count, using: &random)], length, &random, &text, &left)
        case .repetition(let node, let range):
            for _ in 0..<Int.random(in: range, using: &random) where left > 0 { write(node, length, &random, &text, &left) }
        case .endless(let node, let least):
            for _ in 0..<(least + Int.random(in: 0...length, using: &random)) where left > 0 { write(node, length, &random, &text, &left) }
        }
    }

    private static func alternatives(_ rest: inout Substring, depth: Int) throws(Unsupported) -> Node {
        guard depth < 32 else { throw Unsupported() }
        var options = [try sequence(&rest, depth)]
        while rest.first == "|" {
            rest.removeFirst()
            options.append(try sequence(&rest, depth))
        }
        return options.count == 1 ? options[0] : .choice(options)
    }

    private static func sequence(_ rest: inout Substring, _ depth: Int) throws(Unsupported) -> Node {
        var nodes: [Node] = []
        while let next = rest.first, next != "|", next != ")" {
            if next == "^" || next == "$" { rest.removeFirst() } else { nodes.append(try quantified(atom(&rest, depth), &rest)) }
        }
        return .sequence(nodes)
    }

    private static func quantified(_ node: Node, _ rest: inout Substring) throws(Unsupported) -> Node {
        let result: Node
        switch rest.first {
        case "*": result = .endless(node, atLeast: 0)
        case "+": result = .endless(node, atLeast: 1)
        case "?": result = .repetition(node, 0...1)
        case "{":
            guard let end = rest.firstIndex(of: "}") else { throw Unsupported() }
            let bounds = rest[rest.index(after: rest.startIndex)..<end].split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            guard bounds.count <= 2, let low = bounds.first ?? nil, (0...10_000).contains(low) else { throw Unsupported() }
            if bounds.count == 2, bounds[1] == nil {
                result = .endless(node, atLeast: low)
            } else {
                guard let high = bounds.last ?? nil, high >= low else { throw Unsupported() }
                result = .repetition(node, low...min(high, low + 100))
            }
            rest = rest[end...]
        default: return node
        }
        rest.removeFirst()
        // Lazy or not makes no difference to what matches.
        if rest.first == "?" { rest.removeFirst() }
        return result
    }

    private static func atom(_ rest: inout Substring, _ depth: Int) throws(Unsupported) -> Node {
        switch rest.removeFirst() {
        case "(":
            if rest.hasPrefix("?:") {
                rest.removeFirst(2)
            } else if rest.hasPrefix("?<"), !rest.hasPrefix("?<="), !rest.hasPrefix("?<!"), let end = rest.firstIndex(of: ">") {
                rest = rest[end...].dropFirst()
            } else if rest.first == "?" {
                throw Unsupported()
            }
            let node = try alternatives(&rest, depth: depth + 1)
            guard rest.first == ")" else { throw Unsupported() }
            rest.removeFirst()
            return node
        case "[": return .characters(try set(&rest))
        case ".": return .characters(lowercase)
        case "\\": return .characters(try escaped(&rest))
        case let character: return .characters([character])
        }
    }

    private static func set(_ rest: inout Substring) throws(Unsupported) -> [Character] {
        let isNegated = rest.first == "^"
        if isNegated { rest.removeFirst() }
        var set: [Character] = []
        while let next = rest.first, next != "]" {
            let low = try member(&rest)
            if low.count == 1, rest.first == "-", rest.dropFirst().first != "]" {
                rest.removeFirst()
                let high = try member(&rest)
                guard high.count == 1, let from = low[0].asciiValue, let to = high[0].asciiValue, from <= to else { throw Unsupported() }
                set += (from...to).map { Character(UnicodeScalar($0)) }
            } else {
                set += low
            }
        }
        guard rest.first == "]" else { throw Unsupported() }
        rest.removeFirst()
        let result = isNegated ? printable.filter { !set.contains($0) } : set
        guard !result.isEmpty else { throw Unsupported() }
        return result
    }

    private static func member(_ rest: inout Substring) throws(Unsupported) -> [Character] {
        guard !rest.isEmpty else { throw Unsupported() }
        let next = rest.removeFirst()
        return next == "\\" ? try escaped(&rest) : [next]
    }

    private static func escaped(_ rest: inout Substring) throws(Unsupported) -> [Character] {
        guard !rest.isEmpty else { throw Unsupported() }
        switch rest.removeFirst() {
        case "d": return digits
        case "w": return lowercase + digits + ["_"]
        case "s": return [" "]
        case "D", "S": return lowercase
        case "W": return ["-"]
        case "t": return ["\t"]
        case "n": return ["\n"]
        case "r": return ["\r"]
        case let character where !character.isLetter && !character.isNumber: return [character]
        default: throw Unsupported()
        }
    }

    private static let digits = (0...9).map { Character("\($0)") }
    private static let lowercase = (UInt8(97)...122).map { Character(UnicodeScalar($0)) }
    private static let printable = (UInt8(32)...126).map { Character(UnicodeScalar($0)) }
}
