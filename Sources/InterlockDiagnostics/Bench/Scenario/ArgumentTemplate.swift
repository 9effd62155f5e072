public import InterlockJSON
import InterlockSimulation

/// Arguments with places to fill: `{{counter}}`, `{{random 1 10}}`, `{{uuid}}`, `{{choice a b}}`.
///
/// A string that is one place and nothing else becomes the value itself, a number for `counter` and `random`; within a longer string it becomes text.
public struct ArgumentTemplate: Sendable {
    private indirect enum Node: Sendable {
        case fixed(JSONValue)
        case place(Place)
        case text([Part])
        case array([Node])
        case object([(String, Node)])
    }

    private enum Part: Sendable {
        case text(String)
        case place(Place)
    }

    private enum Place: Sendable {
        case counter, uuid
        case random(ClosedRange<Int>)
        case choice([String])

        func value(_ number: Int, _ random: inout SeededRandom) -> JSONValue {
            switch self {
            case .counter: .number(JSONNumber(number))
            case .random(let range): .number(JSONNumber(Int.random(in: range, using: &random)))
            case .choice(let words): .string(words[Int.random(in: 0..<words.count, using: &random)])
            case .uuid: .string(Self.uuid(random.next(), random.next()))
            }
        }

        /// Version 4, variant 1 (RFC 9562).
        static func uuid(_ high: UInt64, _ low: UInt64) -> String {
            let (high, low) = (high & ~0xF000 | 0x4000, low & ~(3 << 62) | 2 << 62)
            let digits = [high, low].map { String(repeating: "0", count: 16 - String($0, radix: 16).count) + String($0, radix: 16) }.joined()
            var text = ""
            for (index, digit) in digits.enumerated() {
                if [8, 12, 16, 20].contains(index) { text.append("-") }
                text.append(digit)
            }
            return text
        }
    }

    private enum Root: Sendable {
        case template(Node)
        case examples([RawJSON])
    }

    /// No arguments.
    public static let empty = ArgumentTemplate(root: .examples([RawJSON([:] as JSONValue)]), source: [:])

    /// What the arguments are made of, so that two loads can be told apart.
    let source: JSONValue
    private let root: Root

    private init(root: Root, source: JSONValue) {
        self.root = root
        self.source = source
    }

    /// Reads a template. Throws ``ScenarioError`` that names the place and what may stand there.
    public init(_ json: JSONValue, path: String = "arguments") throws(ScenarioError) {
        guard case .object = json else { throw ScenarioError(path, "must be an object, not \(json)") }
        let node = try Self.node(json, path)
        // Without places it is written once and not for each call.
        self.init(root: Self.value(of: node).map { .examples([RawJSON($0)]) } ?? .template(node), source: json)
    }

    /// All examples of one schema come to about as much at most.
    private static let mostBytes = 8 << 20
    /// Tries in a row that bring nothing new, after which there is no other.
    private static let mostInVain = 64

    /// Makes arguments of a schema: up to `count` examples, fewer where they are long, each as it is, whatever stands in it; the calls take them in turn.
    ///
    /// They are made now, so that a call costs no more than with arguments that were given. The same seed makes the same.
    /// Throws ``ScenarioError`` when not one can be made.
    public init(_ examples: SchemaExample, seed: UInt64, count: Int = 256) throws(ScenarioError) {
        var made: [JSONValue] = [try examples.value(seed: seed)]
        var texts = made.map { RawJSON($0) }
        var (known, bytes) = (Set(made), texts[0].bytes.count)
        var inVain = 0
        for number in 1..<max(2, count) where bytes < Self.mostBytes && inVain < Self.mostInVain && !Task.isCancelled {
            inVain += 1
            do throws(ScenarioError) {
                let value = try examples.value(seed: seed &+ UInt64(number))
                guard known.insert(value).inserted else { continue }
                made.append(value)
                texts.append(RawJSON(value))
                bytes += texts[texts.count - 1].bytes.count
                inVain = 0
            } catch {
                continue // a schema that is hard to meet gives fewer examples; one there is
            }
        }
        self.init(root: .examples(texts), source: .array(made))
    }

    func fill(number: Int, random: inout SeededRandom) -> RawJSON {
        switch root {
        case .template(let node): RawJSON(Self.fill(node, number, &random))
        case .examples(let examples): examples[number % examples.count]
        }
    }

    /// The value of a node without places; nil for one that has any.
    private static func value(of node: Node) -> JSONValue? {
        switch node {
        case .fixed(let value): return value
        case .place, .text: return nil
        case .array(let nodes):
            let values = nodes.compactMap { value(of: $0) }
            return values.count == nodes.count ? .array(values) : nil
        case .object(let members):
            let values = members.compactMap { member in value(of: member.1).map { (member.0, $0) } }
            return values.count == members.count ? .object(JSONObject(values)) : nil
        }
    }

    private static func fill(_ node: Node, _ number: Int, _ random: inout SeededRandom) -> JSONValue {
        switch node {
        case .fixed(let value): return value
        case .place(let place): return place.value(number, &random)
        case .text(let parts):
            var text = ""
            for part in parts {
                switch part {
                case .text(let fixed): text += fixed
                case .place(let place):
                    let value = place.value(number, &random)
                    text += value.string ?? value.description
                }
            }
            return .string(text)
        case .array(let nodes): return .array(nodes.map { fill($0, number, &random) })
        case .object(let members): return .object(JSONObject(members.map { ($0.0, fill($0.1, number, &random)) }))
        }
    }

    private static func node(_ json: JSONValue, _ path: String) throws(ScenarioError) -> Node {
        switch json {
        case .string(let text): return try node(text: text, path)
        case .array(let elements):
            var nodes: [Node] = []
            for (index, element) in elements.enumerated() { nodes.append(try node(element, "\(path)[\(index)]")) }
            return .array(nodes)
        case .object(let members):
            var nodes: [(String, Node)] = []
            for (key, value) in members { nodes.append((key, try node(value, "\(path).\(key)"))) }
            return .object(nodes)
        default: return .fixed(json)
        }
    }

    private static func node(text: String, _ path: String) throws(ScenarioError) -> Node {
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else { throw ScenarioError(path, "'\(text)' has a {{ that is not closed by }}") }
            if open.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<open.lowerBound]))) }
            parts.append(.place(try place(String(rest[open.upperBound..<close.lowerBound]), path)))
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        if parts.count == 1, case .place(let place) = parts[0] { return .place(place) }
        if parts.contains(where: { if case .place = $0 { true } else { false } }) { return .text(parts) }
        return .fixed(.string(text))
    }

    private static func place(_ text: String, _ path: String) throws(ScenarioError) -> Place {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        switch (words.first, words.count) {
        case ("counter", 1): return .counter
        case ("uuid", 1): return .uuid
        case ("random", 3):
            guard let low = Int(words[1]), let high = Int(words[2]), low <= high else {
                throw ScenarioError(path, "{{\(text)}}: random takes two whole numbers, the smaller first, as in {{random 1 10}}")
            }
            return .random(low...high)
        case ("choice", 2...): return .choice(Array(words.dropFirst()))
        default: throw ScenarioError(path, "{{\(text)}} is unknown: use {{counter}}, {{random 1 10}}, {{uuid}} or {{choice a b}}")
        }
    }
}
