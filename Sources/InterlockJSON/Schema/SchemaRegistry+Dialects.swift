extension SchemaRegistry {
    /// The keywords in force in a resource: those of its `$schema`, or else those around it.
    func vocabularies(of schema: JSONValue, at location: Location, inheriting: SchemaVocabularies?) throws(JSONSchemaError)
        -> SchemaVocabularies
    {
        guard let dialect = schema["$schema"] else {
            if let inheriting { return inheriting }
            return configuration.defaultDialect == .draft7 ? .draft7 : .draft202012
        }
        guard let name = dialect.string else {
            throw JSONSchemaError(.invalidSchema, "\"$schema\" has to be a string", at: text(of: location, keyword: "$schema"))
        }
        return try vocabularies(ofDialect: name, at: location, following: 0)
    }

    private func vocabularies(ofDialect name: String, at location: Location, following steps: Int) throws(JSONSchemaError)
        -> SchemaVocabularies
    {
        if let dialect = JSONSchemaDialect(name) { return dialect == .draft7 ? .draft7 : .draft202012 }
        let supported = JSONSchemaDialect.supported.map(\.identifier).joined(separator: " and ")
        guard let metaSchema = available[URIReference(name).withoutFragment.text], let parent = metaSchema["$schema"]?.string,
            steps < 8
        else {
            throw JSONSchemaError(
                .unsupportedDialect,
                "the dialect \"\(name)\" is not supported; \(supported) are, and dialects made from them whose meta-schema is among the resources",
                at: text(of: location, keyword: "$schema"))
        }
        var result = try vocabularies(ofDialect: parent, at: location, following: steps + 1)
        guard !result.isDraft7, let listed = metaSchema["$vocabulary"]?.object else { return result }
        (result.hasApplicators, result.hasUnevaluated, result.hasValidation) = (false, false, false)
        for (vocabulary, isRequired) in listed {
            let prefix = "https://json-schema.org/draft/2020-12/vocab/"
            switch vocabulary.hasPrefix(prefix) ? String(vocabulary.dropFirst(prefix.count)) : "" {
            case "applicator": result.hasApplicators = true
            case "unevaluated": result.hasUnevaluated = true
            case "validation": result.hasValidation = true
            case "format-assertion": result.assertsFormat = true
            case "core", "meta-data", "format-annotation", "content": break
            default:
                if isRequired.bool == true {
                    throw JSONSchemaError(
                        .unsupportedVocabulary,
                        "the dialect \"\(name)\" requires the vocabulary \"\(vocabulary)\", which is not built in",
                        at: text(of: location, keyword: "$schema"))
                }
            }
        }
        return result
    }
}
