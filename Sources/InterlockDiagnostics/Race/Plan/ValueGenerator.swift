import InterlockJSON
import InterlockSimulation

/// How a value of a plan's own is drawn, once for each call.
///
/// `{"integer": [1, 100]}` is any of these, both ends included; `{"oneOf": ["red", "green", 3]}` one of these values; `{"text": "user-$client-$index"}` a text
/// made of `$round`, `$client` and `$index`; `{"unique": "order-"}` a text that no other call of the race has, also not in another run.
enum ValueGenerator: Sendable {
    case integer(ClosedRange<Int>)
    case oneOf([JSONValue])
    case text(DrawnJSON)
    case unique(prefix: String)

    /// All of a plan, by name.
    static func named(_ plan: ConfigurationObject) throws(ConfigurationError) -> [String: ValueGenerator] {
        guard let object = try plan.object("values", allowing: nil) else { return [:] }
        var generators: [String: ValueGenerator] = [:]
        for name in object.names {
            guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
                throw ConfigurationError(path: object.place(of: name), message: "is no name: use letters, digits and \"_\"")
            }
            generators[name] = try object.object(name, allowing: ["integer", "oneOf", "text", "unique"]).map { value throws(ConfigurationError) in
                try ValueGenerator(value)
            }
        }
        return generators
    }

    private init(_ object: ConfigurationObject) throws(ConfigurationError) {
        guard object.names.count == 1 else {
            throw ConfigurationError(path: object.path, message: "has to be one of \"integer\", \"oneOf\", \"text\" and \"unique\"")
        }
        if let bounds = object["integer"] {
            let numbers = bounds.elements.map { $0.map(\.int) }
            guard let numbers, numbers.count == 2, let low = numbers[0], let high = numbers[1], low <= high else {
                throw object.wrong("integer", bounds, expected: "the smallest and the largest whole number, such as [1, 100]")
            }
            self = .integer(low...high)
        } else if let choices = object["oneOf"] {
            guard let elements = choices.elements, !elements.isEmpty else { throw object.wrong("oneOf", choices, expected: "an array of at least one value") }
            self = .oneOf(elements.map { $0.value() })
        } else if let text = try object.string("text") {
            self = .text(try DrawnJSON(.string(text), at: object.place(of: "text"), names: RacePlan.callNames))
        } else {
            self = .unique(prefix: try object.string("unique") ?? "")
        }
    }

    /// Whether no two rounds draw the same.
    var isScopedByRound: Bool {
        switch self {
        case .integer, .oneOf: false
        case .text(let template): template.names.contains("round")
        case .unique: true
        }
    }

    /// Draws a value for the call that `call` describes by `round`, `client` and `index`.
    func draw(_ call: [String: JSONValue], random: inout SeededRandom) -> JSONValue {
        switch self {
        case .integer(let range): .number(JSONNumber(Int.random(in: range, using: &random)))
        case .oneOf(let choices): choices.randomElement(using: &random) ?? .null
        case .text(let template): .string(template.fill(call).string ?? template.fill(call).description)
        case .unique(let prefix): .string(prefix + RacePlan.callNames.map { call[$0].map { $0.string ?? $0.description } ?? "" }.joined(separator: "-"))
        }
    }
}
