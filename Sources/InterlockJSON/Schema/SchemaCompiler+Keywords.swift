extension SchemaCompiler {
    mutating func stringRules(
        _ reader: SchemaReader, _ vocabularies: SchemaVocabularies
    ) throws(JSONSchemaError) -> SchemaNode.StringRules? {
        var rules = SchemaNode.StringRules()
        if vocabularies.hasValidation {
            rules.minimumLength = try reader.count("minLength")
            rules.maximumLength = try reader.count("maxLength")
            if let source = try reader.string("pattern") { rules.pattern = try pattern(source, at: "\(reader.location)/pattern") }
        }
        if let name = try reader.string("format"), configuration.assertsFormat || vocabularies.assertsFormat {
            rules.format = StringFormat(rawValue: name)
        }
        let isEmpty = rules.minimumLength == nil && rules.maximumLength == nil && rules.pattern == nil && rules.format == nil
        return isEmpty ? nil : rules
    }

    mutating func arrayRules(
        _ reader: SchemaReader, _ place: SchemaRegistry.Location, _ vocabularies: SchemaVocabularies
    ) throws(JSONSchemaError) -> SchemaNode.ArrayRules? {
        var prefix: [Int] = []
        var rest: Int?
        var restKeyword = "items"
        var contains: SchemaNode.Contains?
        if vocabularies.hasApplicators {
            if !vocabularies.isDraft7 {
                prefix = try list("prefixItems", reader, place)
                rest = schema("items", reader.members, place)
            } else if case .array = reader.members["items"] {
                prefix = try list("items", reader, place, mayBeEmpty: true)
                rest = schema("additionalItems", reader.members, place)
                restKeyword = "additionalItems"
            } else {
                rest = schema("items", reader.members, place)
            }
            if let inner = schema("contains", reader.members, place) {
                let counts = vocabularies.hasValidation && !vocabularies.isDraft7
                contains = SchemaNode.Contains(
                    schema: inner, minimum: counts ? try reader.count("minContains") ?? 1 : 1,
                    maximum: counts ? try reader.count("maxContains") : nil,
                    covers: !vocabularies.isDraft7)
            }
        }
        let minimum = vocabularies.hasValidation ? try reader.count("minItems") : nil
        let maximum = vocabularies.hasValidation ? try reader.count("maxItems") : nil
        let isUnique = vocabularies.hasValidation ? try reader.bool("uniqueItems") ?? false : false
        guard !prefix.isEmpty || rest != nil || contains != nil || minimum != nil || maximum != nil || isUnique else {
            return nil
        }
        return SchemaNode.ArrayRules(
            minimumCount: minimum, maximumCount: maximum, isUnique: isUnique, prefix: prefix, rest: rest,
            restKeyword: restKeyword, contains: contains)
    }

    mutating func objectRules(
        _ reader: SchemaReader, _ place: SchemaRegistry.Location, _ vocabularies: SchemaVocabularies
    ) throws(JSONSchemaError) -> SchemaNode.ObjectRules? {
        var properties: [(name: String, schema: Int)] = []
        var patterns: [(pattern: LinearPattern, schema: Int)] = []
        var additional: Int?
        var names: Int?
        var dependentSchemas: [(name: String, schema: Int)] = []
        var dependentRequired: [(name: String, required: [String])] = []
        if vocabularies.hasApplicators {
            properties = try map("properties", reader, place)
            for entry in try map("patternProperties", reader, place) {
                let location = JSONPointer.appending(entry.name, to: "\(reader.location)/patternProperties")
                patterns.append((try pattern(entry.name, at: location), entry.schema))
            }
            additional = schema("additionalProperties", reader.members, place)
            names = schema("propertyNames", reader.members, place)
            if !vocabularies.isDraft7 { dependentSchemas = try map("dependentSchemas", reader, place) }
        }
        if vocabularies.isDraft7 {
            for (name, value) in try reader.object("dependencies") ?? [:] {
                if value.kind == .array {
                    dependentRequired.append((name, try reader.strings(value, "dependencies")))
                } else {
                    dependentSchemas.append((name, child(["dependencies", name], of: place)))
                }
            }
        }
        var required: [String] = []
        var minimum: Int?
        var maximum: Int?
        if vocabularies.hasValidation {
            required = try reader.strings("required") ?? []
            minimum = try reader.count("minProperties")
            maximum = try reader.count("maxProperties")
            if !vocabularies.isDraft7 {
                for (name, value) in try reader.object("dependentRequired") ?? [:] {
                    dependentRequired.append((name, try reader.strings(value, "dependentRequired")))
                }
            }
        }
        let isEmpty =
            properties.isEmpty && patterns.isEmpty && additional == nil && names == nil && dependentSchemas.isEmpty
            && dependentRequired.isEmpty
            && required.isEmpty && minimum == nil && maximum == nil
        guard !isEmpty else { return nil }
        return SchemaNode.ObjectRules(
            minimumCount: minimum, maximumCount: maximum, required: required, properties: PropertyTable(properties),
            patternProperties: patterns,
            additional: additional, names: names, dependentRequired: dependentRequired, dependentSchemas: dependentSchemas)
    }
}
