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

    /// The value as JSON text, cut short; a container that is longer is only described. Takes bounded time, however big the value is.
    var excerpt: String {
        let limit = Self.excerptLength
        switch self {
        case .string(let text):
            guard text.utf8.count > limit else { return description }
            return String(JSONValue.string(String(text.unicodeScalars.prefix(limit - 3))).description.dropLast()) + "…\""
        case .number(let number):
            let text = number.text
            return text.utf8.count > limit ? "\(text.prefix(limit - 3))…" : text
        default:
            var room = limit
            return fits(in: &room) ? description : phrase
        }
    }

    private static let excerptLength = 60

    /// Whether the value's text is at most about as long as there is room; stops counting once there is none.
    private func fits(in room: inout Int) -> Bool {
        switch self {
        case .null, .bool: room -= 4
        case .number(let number): room -= number.text.utf8.count
        case .string(let text): room -= text.utf8.count + 2
        case .array(let elements):
            room -= 2
            for element in elements {
                room -= 1
                guard element.fits(in: &room) else { return false }
            }
        case .object(let members):
            room -= 2
            for (name, value) in members {
                room -= name.utf8.count + 4
                guard room >= 0, value.fits(in: &room) else { return false }
            }
        }
        return room >= 0
    }

    /// `1 item`, `2 items`.
    static func counted(_ count: Int, _ noun: String) -> String {
        guard count != 1 else { return "1 \(noun)" }
        return noun.hasSuffix("y") ? "\(count) \(noun.dropLast())ies" : "\(count) \(noun)s"
    }
}
