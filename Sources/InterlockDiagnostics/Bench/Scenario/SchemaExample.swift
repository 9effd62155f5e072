public import InterlockJSON
import InterlockSimulation

/// Makes valid values of a JSON Schema: the same for the same seed. What it makes is checked with the schema before it is given out.
public struct SchemaExample: Sendable {
    private let root: JSONValue
    private let schema: JSONSchema

    /// Takes a schema. Throws ``ScenarioError`` when it cannot be compiled.
    public init(_ schema: RawJSON) throws(ScenarioError) {
        root = schema.value()
        do { self.schema = try JSONSchema(root) } catch { throw ScenarioError("inputSchema", "\(error)") }
    }

    /// A valid value. Throws ``ScenarioError`` when some tries made none: then the arguments have to be given.
    public func value(seed: UInt64) throws(ScenarioError) -> JSONValue {
        var complaint = ""
        for attempt in 0..<8 {
            var (random, left) = (SeededRandom(seed: seed, stream: attempt), ExampleBudget())
            let value = make(root, depth: 0, &random, &left)
            let violations = schema.validate(value)
            guard let violation = violations.first else { return value }
            complaint = violation.description
        }
        throw ScenarioError("arguments", "none could be made from the tool's input schema (\(complaint)); give them with --arguments, or in the scenario")
    }

    private func make(_ schema: JSONValue, depth: Int, _ random: inout SeededRandom, _ left: inout ExampleBudget) -> JSONValue {
        guard let members = schema.object, depth < 12, left.takeValue() else { return .null }
        if let value = members["const"] ?? members["default"] { return left.take(value) ?? .null }
        for key in ["enum", "examples"] {
            if let values = members[key]?.array, !values.isEmpty { return left.take(values[Int.random(in: 0..<values.count, using: &random)]) ?? .null }
        }
        if let target = members["$ref"]?.string.flatMap(resolve) { return make(target, depth: depth + 1, &random, &left) }
        for key in ["anyOf", "oneOf"] {
            guard let option = members[key]?.array?.first(where: { $0["type"]?.string != "null" }) else { continue }
            return make(merged(schema, option), depth: depth + 1, &random, &left)
        }
        if let parts = members["allOf"]?.array {
            var whole = members
            whole.removeValue(forKey: "allOf")
            return make(parts.reduce(.object(whole)) { merged($0, $1) }, depth: depth + 1, &random, &left)
        }
        let types = members["type"]?.string.map { [$0] } ?? members["type"]?.array?.compactMap(\.string) ?? []
        switch types.first(where: { $0 != "null" }) ?? types.first ?? (members["properties"] != nil ? "object" : "string") {
        case "object": return object(members, depth, &random, &left)
        case "array":
            let prefix = members["prefixItems"]?.array ?? []
            return .array((0..<max(0, min(100, members["minItems"]?.int ?? 1))).map { index in
                make(index < prefix.count ? prefix[index] : members["items"] ?? ["type": "string"], depth: depth + 1, &random, &left)
            })
        case "integer": return integer(members, &random)
        case "number": return members["multipleOf"] != nil ? integer(members, &random) : number(members, &random)
        case "boolean": return .bool(Bool.random(using: &random))
        case "null": return .null
        default: return left.take(.string(string(members, &random))) ?? .null
        }
    }

    /// The required properties, and each other one as often as not.
    private func object(_ members: JSONObject, _ depth: Int, _ random: inout SeededRandom, _ left: inout ExampleBudget) -> JSONValue {
        let required = Set(members["required"]?.array?.compactMap(\.string) ?? [])
        var object = JSONObject()
        for (key, property) in members["properties"]?.object ?? [:] where required.contains(key) || (depth < 3 && Bool.random(using: &random)) {
            object[key] = make(property, depth: depth + 1, &random, &left)
        }
        return .object(object)
    }

    private func integer(_ members: JSONObject, _ random: inout SeededRandom) -> JSONValue {
        // Steps and bounds beyond what a double holds exactly would overflow, and no argument needs them.
        let step = max(1, min(9_000_000_000_000_000, members["multipleOf"]?.int ?? 1))
        func bound(_ key: String, _ rounding: FloatingPointRoundingRule) -> Int? {
            members[key]?.double.map { Int(max(-9e15, min(9e15, $0)).rounded(rounding)) }
        }
        let low = max(bound("minimum", .up) ?? .min, bound("exclusiveMinimum", .down).map { $0 + 1 } ?? .min)
        let high = min(bound("maximum", .down) ?? .max, bound("exclusiveMaximum", .up).map { $0 - 1 } ?? .max)
        let first = low == .min ? (high == .max || high >= 1 ? 1 : high - 100) : low
        let last = high == .max ? first + 100 : high
        guard first <= last else { return .number(JSONNumber(first)) }
        let number = Int.random(in: first...last, using: &random)
        let multiple = number - ((number % step) + step) % step
        return .number(JSONNumber(multiple < first ? multiple + step : multiple))
    }

    private func number(_ members: JSONObject, _ random: inout SeededRandom) -> JSONValue {
        let least = members["minimum"]?.double ?? members["exclusiveMinimum"]?.double
        let most = members["maximum"]?.double ?? members["exclusiveMaximum"]?.double
        let low = least ?? min(0, (most ?? 100) - 1)
        let high = most ?? low + 100
        let value = low + (high - low) * (0.25 + 0.5 * Double.random(in: 0..<1, using: &random))
        return JSONNumber(value).map(JSONValue.number) ?? 0
    }

    private func string(_ members: JSONObject, _ random: inout SeededRandom) -> String {
        func digits(_ count: Int, _ random: inout SeededRandom) -> String {
            (0..<count).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
        }
        switch members["format"]?.string {
        case "date-time": return "2026-01-\(Int.random(in: 10...28, using: &random))T12:00:00Z"
        case "date": return "2026-01-\(Int.random(in: 10...28, using: &random))"
        case "time": return "12:00:\(Int.random(in: 10...59, using: &random))Z"
        case "email": return "user\(digits(4, &random))@example.com"
        case "uri", "uri-reference", "iri": return "https://example.com/\(digits(4, &random))"
        case "uuid": return "00000000-0000-4000-8000-\(digits(12, &random))"
        case "ipv4": return "192.0.2.\(Int.random(in: 1...254, using: &random))"
        case "ipv6": return "2001:db8::\(Int.random(in: 1...99, using: &random))"
        case "hostname": return "host\(digits(3, &random)).example.com"
        default: break
        }
        let low = max(0, min(10_000, members["minLength"]?.int ?? 1))
        let high = max(low, members["maxLength"]?.int ?? max(low, 8))
        // Of a pattern that is not simple the schema complains, and names the property.
        if let pattern = members["pattern"]?.string.flatMap(PatternExample.init) {
            let most = members["maxLength"]?.int ?? .max
            var text = ""
            for _ in 0..<32 {
                text = pattern.text(length: low > 1 ? 2 * low : min(8, most), &random)
                if (low...max(low, most)).contains(text.unicodeScalars.count) { break }
            }
            return text
        }
        return String((0..<min(max(low, 8), high)).map { _ in Character(UnicodeScalar(UInt8.random(in: 97...122, using: &random))) })
    }

    private func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        return reference.dropFirst().split(separator: "/").reduce(root as JSONValue?) { value, token in
            let key = token.replacing("~1", with: "/").replacing("~0", with: "~")
            if let elements = value?.array { return Int(key).flatMap { elements.indices.contains($0) ? elements[$0] : nil } }
            return value?.object?[String(key)]
        }
    }

    /// Two schemas that both hold, member by member; properties and requirements add up.
    private func merged(_ left: JSONValue, _ right: JSONValue) -> JSONValue {
        let right = right["$ref"]?.string.flatMap(resolve) ?? right
        guard var whole = left.object, let more = right.object else { return right }
        whole.removeValue(forKey: "anyOf")
        whole.removeValue(forKey: "oneOf")
        for (key, value) in more {
            if key == "required", let old = whole[key]?.array, let new = value.array {
                whole[key] = .array(old + new)
            } else if key == "properties", var old = whole[key]?.object, let new = value.object {
                for (name, property) in new { old[name] = property }
                whole[key] = .object(old)
            } else {
                whole[key] = value
            }
        }
        return .object(whole)
    }
}
