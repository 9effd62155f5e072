extension JSONValue {
    /// The value for a sentence: `the string "12"`, `an array of 3 items`.
    var phrase: String {
        switch self {
        case .null: "null"
        case .bool: "the boolean \(self)"
        case .number: "the number \(excerpt)"
        case .string: "the string \(excerpt)"
        case .array(let elements): elements.isEmpty ? "an empty array" : "an array of \(Self.counted(elements.count, "item"))"
        case .object(let members): members.isEmpty ? "an empty object" : "an object"
        }
    }

    /// The value as JSON text, cut short. Work is bounded for values without depth; containers are written only if they are small.
    var excerpt: String {
        let limit = 60
        switch self {
        case .string(let text):
            guard text.utf8.count > limit else { return description }
            return String(JSONValue.string(String(text.unicodeScalars.prefix(limit - 3))).description.dropLast()) + "…\""
        case .number(let number):
            let text = number.text
            return text.utf8.count > limit ? "\(text.prefix(limit - 3))…" : text
        case .array(let elements) where elements.count > 8: return phrase
        case .object(let members) where members.count > 8: return phrase
        default:
            let text = description
            return text.utf8.count > limit ? phrase : text
        }
    }

    /// `1 item`, `2 items`.
    static func counted(_ count: Int, _ noun: String) -> String {
        guard count != 1 else { return "1 \(noun)" }
        return noun.hasSuffix("y") ? "\(count) \(noun.dropLast())ies" : "\(count) \(noun)s"
    }
}
