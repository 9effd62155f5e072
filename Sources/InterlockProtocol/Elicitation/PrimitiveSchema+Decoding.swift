public import InterlockJSON

extension PrimitiveSchema {
    /// Reads a field.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        title = try object.optional("title")
        description = try object.optional("description")
        switch try object.required("type", as: String.self) {
        case "string":
            kind = try Self.text(object)
        case "number":
            kind = .number(
                minimum: try object.optional("minimum"), maximum: try object.optional("maximum"),
                default: try object.optional("default"))
        case "integer":
            kind = .integer(
                minimum: try object.optional("minimum"), maximum: try object.optional("maximum"),
                default: try object.optional("default"))
        case "boolean":
            kind = .boolean(default: try object.optional("default"))
        case "array":
            kind = .choices(
                try Self.items(object), minItems: try object.optional("minItems"),
                maxItems: try object.optional("maxItems"), default: try object.optional("default"))
        case let other:
            throw ShapeMismatch(
                problem: "expected \"string\", \"number\", \"integer\", \"boolean\" or \"array\", got \"\(other.prefix(40))\""
            ).inside("type")
        }
    }

    private static func text(_ object: WireObject) throws(ShapeMismatch) -> Kind {
        let initial: String? = try object.optional("default")
        if let titled: [TitledValue] = try object.optional("oneOf") {
            return .choice(titled.map(\.option), default: initial)
        }
        guard let values: [String] = try object.optional("enum") else {
            return .string(
                minLength: try object.optional("minLength"), maxLength: try object.optional("maxLength"),
                format: try object.optional("format"), default: initial)
        }
        guard let names: [String] = try object.optional("enumNames") else {
            return .choice(values.map { EnumOption($0) }, default: initial)
        }
        let options = values.enumerated().map { EnumOption($1, title: $0 < names.count ? names[$0] : nil) }
        return .legacyChoice(options, default: initial)
    }

    private static func items(_ object: WireObject) throws(ShapeMismatch) -> [EnumOption] {
        let json: RawJSON = try object.required("items")
        do throws(ShapeMismatch) {
            let items = try WireObject(json)
            if let titled: [TitledValue] = try items.optional("anyOf") { return titled.map(\.option) }
            return try items.required("enum", as: [String].self).map { EnumOption($0) }
        } catch {
            throw error.inside("items")
        }
    }

    private struct TitledValue: WireDecodable {
        let option: EnumOption

        init(shape json: RawJSON) throws(ShapeMismatch) {
            let object = try WireObject(json)
            option = EnumOption(try object.required("const"), title: try object.optional("title"))
        }
    }
}

extension JSONNumber: WireDecodable, WireEncodable {
    /// Reads a number exactly as it is written.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        guard let number = json.number else { throw .expected("a number", got: json) }
        self = number
    }

    /// Writes a number exactly as it is.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.number(self)
    }
}
