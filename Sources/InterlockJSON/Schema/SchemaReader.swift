/// Reads the keywords of one schema object and refuses values of the wrong kind, with their place.
struct SchemaReader {
    let members: JSONObject
    let location: String

    func error(_ keyword: String, _ message: String) -> JSONSchemaError {
        JSONSchemaError(.invalidSchema, "\"\(keyword)\" \(message)", at: "\(location)/\(keyword)")
    }

    func string(_ keyword: String) throws(JSONSchemaError) -> String? {
        guard let value = members[keyword] else { return nil }
        guard let text = value.string else { throw error(keyword, "has to be a string, not \(value.phrase)") }
        return text
    }

    func bool(_ keyword: String) throws(JSONSchemaError) -> Bool? {
        guard let value = members[keyword] else { return nil }
        guard let bool = value.bool else { throw error(keyword, "has to be true or false, not \(value.phrase)") }
        return bool
    }

    func array(_ keyword: String) throws(JSONSchemaError) -> [JSONValue]? {
        guard let value = members[keyword] else { return nil }
        guard let array = value.array else { throw error(keyword, "has to be an array, not \(value.phrase)") }
        return array
    }

    func object(_ keyword: String) throws(JSONSchemaError) -> JSONObject? {
        guard let value = members[keyword] else { return nil }
        guard let object = value.object else { throw error(keyword, "has to be an object, not \(value.phrase)") }
        return object
    }

    func strings(_ keyword: String) throws(JSONSchemaError) -> [String]? {
        guard let value = members[keyword] else { return nil }
        return try strings(value, keyword)
    }

    func strings(_ value: JSONValue, _ keyword: String) throws(JSONSchemaError) -> [String] {
        guard let elements = value.array else { throw error(keyword, "has to be an array of strings, not \(value.phrase)") }
        var result: [String] = []
        for element in elements {
            guard let text = element.string else {
                throw error(keyword, "has to be an array of strings; one is \(element.phrase)")
            }
            result.append(text)
        }
        return result
    }

    /// A non-negative integer; one that no count can reach comes out as `Int.max`.
    func count(_ keyword: String) throws(JSONSchemaError) -> Int? {
        guard let value = members[keyword] else { return nil }
        guard let number = value.number, number.isIntegral, JSONNumber.numericCompare(number, 0) >= 0 else {
            throw error(keyword, "has to be a whole number of at least 0, not \(value.phrase)")
        }
        return number.exactInteger ?? .max
    }

    func number(_ keyword: String) throws(JSONSchemaError) -> JSONNumber? {
        guard let value = members[keyword] else { return nil }
        guard let number = value.number else {
            let hint =
                keyword.hasPrefix("exclusive") && value.kind == .bool
                ? " (true and false are draft-04; give the bound itself)" : ""
            throw error(keyword, "has to be a number, not \(value.phrase)\(hint)")
        }
        return number
    }

    func numberRules() throws(JSONSchemaError) -> SchemaNode.NumberRules? {
        let rules = SchemaNode.NumberRules(
            minimum: try number("minimum"), maximum: try number("maximum"), exclusiveMinimum: try number("exclusiveMinimum"),
            exclusiveMaximum: try number("exclusiveMaximum"), multipleOf: try number("multipleOf"))
        if let divisor = rules.multipleOf, JSONNumber.numericCompare(divisor, 0) <= 0 {
            throw error("multipleOf", "has to be greater than 0")
        }
        let isEmpty =
            rules.minimum == nil && rules.maximum == nil && rules.exclusiveMinimum == nil && rules.exclusiveMaximum == nil
            && rules.multipleOf == nil
        return isEmpty ? nil : rules
    }

    func types() throws(JSONSchemaError) -> JSONTypeSet? {
        guard let value = members["type"] else { return nil }
        let names: [String]
        if let name = value.string { names = [name] } else { names = try strings(value, "type") }
        guard !names.isEmpty else { throw error("type", "has to name at least one type") }
        var result: JSONTypeSet = []
        for name in names {
            guard let type = JSONTypeSet(name: name) else {
                throw error("type", "names \"\(name)\"; the types are null, boolean, integer, number, string, array and object")
            }
            result.formUnion(type)
        }
        return result
    }
}
