public import InterlockJSON

extension ElicitationSchema {
    /// What the user entered, with the defaults of fields left empty. Spec: 2026-07-28, Client Features › Elicitation.
    public func applyingDefaults(to content: JSONObject) -> JSONObject {
        var content = content
        for (name, field) in properties.entries where content[name] == nil {
            content[name] = field.defaultValue
        }
        return content
    }

    /// What is wrong with the content a user entered, one sentence each; empty if it fits the form.
    ///
    /// Members the form does not have are ignored; of formats only `email` and `uri` are looked at, roughly.
    public func problems(with content: JSONObject) -> [String] {
        var problems: [String] = []
        for name in required ?? [] where content[name] == nil {
            problems.append("content.\(name): required field is missing")
        }
        for (name, field) in properties.entries {
            guard let value = content[name], let problem = field.problem(with: value) else { continue }
            problems.append("content.\(name): \(problem)")
        }
        return problems
    }
}

extension PrimitiveSchema {
    /// The value of a field the user left empty.
    public var defaultValue: JSONValue? {
        switch kind {
        case .string(_, _, _, let value), .choice(_, let value), .legacyChoice(_, let value): value.map { .string($0) }
        case .number(_, _, let value), .integer(_, _, let value): value.map { .number($0) }
        case .boolean(let value): value.map { .bool($0) }
        case .choices(_, _, _, let values): values.map { .array($0.map { .string($0) }) }
        }
    }

    func problem(with value: JSONValue) -> String? {
        switch kind {
        case .string(let minLength, let maxLength, let format, _):
            guard let text = value.string else { return "expected a string" }
            let length = text.unicodeScalars.count
            if let minLength, length < minLength { return "expected at least \(minLength) characters, got \(length)" }
            if let maxLength, length > maxLength { return "expected at most \(maxLength) characters, got \(length)" }
            return format.flatMap { $0.isPlausible(text) ? nil : "expected the format \($0.rawValue)" }
        case .number(let minimum, let maximum, _):
            guard case .number(let number) = value else { return "expected a number" }
            return Self.bounds(number, minimum, maximum)
        case .integer(let minimum, let maximum, _):
            guard case .number(let number) = value, number.isIntegral else { return "expected an integer" }
            return Self.bounds(number, minimum, maximum)
        case .boolean:
            return value.bool == nil ? "expected true or false" : nil
        case .choice(let options, _), .legacyChoice(let options, _):
            let isOption = value.string.map { text in options.contains { $0.value == text } } ?? false
            return isOption ? nil : "expected one of the form's values"
        case .choices(let options, let minItems, let maxItems, _):
            guard let items = value.array else { return "expected an array" }
            if let minItems, items.count < minItems { return "expected at least \(minItems) values, got \(items.count)" }
            if let maxItems, items.count > maxItems { return "expected at most \(maxItems) values, got \(items.count)" }
            let values = Set(options.map(\.value))
            let areOptions = items.allSatisfy { $0.string.map(values.contains) ?? false }
            return areOptions ? nil : "expected only values of the form"
        }
    }

    private static func bounds(_ number: JSONNumber, _ minimum: JSONNumber?, _ maximum: JSONNumber?) -> String? {
        if let minimum, JSONNumber.numericCompare(number, minimum) < 0 { return "expected at least \(minimum)" }
        if let maximum, JSONNumber.numericCompare(number, maximum) > 0 { return "expected at most \(maximum)" }
        return nil
    }
}

extension PrimitiveSchema.Format {
    fileprivate func isPlausible(_ text: String) -> Bool {
        switch self {
        case .email:
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.contains(" ") }
        case .uri:
            let scheme = text.prefix { $0 != ":" }
            return scheme.count < text.count && scheme.first?.isLetter == true && !text.contains(" ")
        case .date, .dateTime:
            return text.utf8.count >= 10
        }
    }
}
