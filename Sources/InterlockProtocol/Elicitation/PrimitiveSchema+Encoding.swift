public import InterlockJSON

extension PrimitiveSchema {
    /// Whether a revision's forms can have the field.
    public func isExpressible(in revision: ProtocolRevision) -> Bool {
        if case .choices = kind { revision.hasRichForms } else { revision.hasElicitation }
    }

    /// Writes the field as the revision's clients know it: before 2025-11-25 with `enumNames` and without most defaults.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        let isRich = context.revision.hasRichForms
        writer.beginObject()
        switch kind {
        case .string(let minLength, let maxLength, let format, let initial):
            begin("string", &writer, context)
            writer.member("minLength", minLength, context)
            writer.member("maxLength", maxLength, context)
            writer.member("format", format, context)
            writer.member("default", if: isRich, initial, context)
        case .number(let minimum, let maximum, let initial):
            writeNumber("number", minimum, maximum, isRich ? initial : nil, &writer, context)
        case .integer(let minimum, let maximum, let initial):
            writeNumber("integer", minimum, maximum, isRich ? initial : nil, &writer, context)
        case .boolean(let initial):
            begin("boolean", &writer, context)
            writer.member("default", initial, context)
        case .choice(let options, let initial) where isRich:
            begin("string", &writer, context)
            Self.write(options, titledBy: "oneOf", &writer)
            writer.member("default", initial, context)
        case .choice(let options, let initial), .legacyChoice(let options, let initial):
            begin("string", &writer, context)
            writer.member("enum", options.map(\.value), context)
            if options.contains(where: { $0.title != nil }) {
                writer.member("enumNames", options.map { $0.title ?? $0.value }, context)
            }
            writer.member("default", if: isRich, initial, context)
        case .choices(let options, let minItems, let maxItems, let initial):
            begin("array", &writer, context)
            writer.member("minItems", minItems, context)
            writer.member("maxItems", maxItems, context)
            writer.key("items")
            writer.beginObject()
            if options.allSatisfy({ $0.title == nil }) { writer.member("type", "string", context) }
            Self.write(options, titledBy: "anyOf", &writer)
            writer.endObject()
            writer.member("default", initial, context)
        }
        writer.endObject()
    }

    private func begin(_ type: String, _ writer: inout JSONWriter, _ context: EncodingContext) {
        writer.member("type", type, context)
        writer.member("title", title, context)
        writer.member("description", description, context)
    }

    private func writeNumber(
        _ type: String, _ minimum: JSONNumber?, _ maximum: JSONNumber?, _ initial: JSONNumber?,
        _ writer: inout JSONWriter, _ context: EncodingContext
    ) {
        begin(type, &writer, context)
        writer.member("minimum", minimum, context)
        writer.member("maximum", maximum, context)
        writer.member("default", initial, context)
    }

    private static func write(_ options: [EnumOption], titledBy keyword: String, _ writer: inout JSONWriter) {
        guard options.contains(where: { $0.title != nil }) else {
            writer.key("enum")
            writer.beginArray()
            for option in options { writer.string(option.value) }
            writer.endArray()
            return
        }
        writer.key(keyword)
        writer.beginArray()
        for option in options {
            writer.beginObject()
            writer.key("const")
            writer.string(option.value)
            writer.key("title")
            writer.string(option.title ?? option.value)
            writer.endObject()
        }
        writer.endArray()
    }
}
