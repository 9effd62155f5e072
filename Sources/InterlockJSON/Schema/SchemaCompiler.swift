/// Turns the documents of a registry into a graph of nodes: checks every keyword, compiles patterns, resolves every reference.
struct SchemaCompiler {
    private var registry: SchemaRegistry
    private let configuration: JSONSchemaConfiguration
    private var numbers: [SchemaRegistry.Location: Int] = [:]
    private var queue: [SchemaRegistry.Location] = []
    private var nodes: [SchemaNode] = []
    private var dynamicNames: Set<String> = []
    private var patternInstructions = 0

    /// Compiles a schema; node 0 is its root.
    static func compile(
        _ schema: JSONValue, resources: [String: JSONValue], configuration: JSONSchemaConfiguration
    ) throws(JSONSchemaError) -> SchemaGraph {
        var compiler = try SchemaCompiler(registry: SchemaRegistry(schema, available: resources, configuration: configuration), configuration: configuration)
        return try compiler.run()
    }

    private init(registry: SchemaRegistry, configuration: JSONSchemaConfiguration) {
        self.registry = registry
        self.configuration = configuration
    }

    private mutating func run() throws(JSONSchemaError) -> SchemaGraph {
        _ = number(registry.resources[0].root)
        for place in registry.placesOfFirstDocument { _ = number(place) }
        var anchors: [String: [Int: Int]] = [:]
        repeat {
            while nodes.count < queue.count { nodes.append(try node(queue[nodes.count])) }
            for name in dynamicNames {
                for (index, resource) in registry.resources.enumerated() {
                    if let place = resource.dynamicAnchors[name] { anchors[name, default: [:]][index] = number(place) }
                }
            }
        } while nodes.count < queue.count
        let pointers = Dictionary(registry.placesOfFirstDocument.map { ($0.pointer, numbers[$0] ?? 0) }, uniquingKeysWith: { first, _ in first })
        let graph = SchemaGraph(nodes: nodes, dynamicAnchors: anchors, pointers: pointers)
        try graph.refuseInfiniteReferences()
        return graph
    }

    /// The number a place's node has or will have.
    private mutating func number(_ place: SchemaRegistry.Location) -> Int {
        if let known = numbers[place] { return known }
        numbers[place] = queue.count
        queue.append(place)
        return queue.count - 1
    }

    // MARK: One node

    private mutating func node(_ place: SchemaRegistry.Location) throws(JSONSchemaError) -> SchemaNode {
        guard let subschema = registry.subschemas[place] else { preconditionFailure("every place with a number was read") }
        let location = registry.text(of: place)
        guard case .object(let members) = subschema.value else {
            return SchemaNode(location: location, resource: subschema.resource, constantAnswer: subschema.value.bool)
        }
        let vocabularies = registry.resources[subschema.resource].vocabularies
        let reader = SchemaReader(members: members, location: location)
        var keywords = SchemaNode.Keywords()
        if let reference = try reader.string("$ref") {
            keywords.references.append(number(try registry.resolve(reference, from: subschema.resource, at: "\(location)/$ref")))
            if vocabularies.isDraft7 {
                return SchemaNode(location: location, resource: subschema.resource, keywords: keywords)
            }
        }
        if !vocabularies.isDraft7, let reference = try reader.string("$dynamicRef") {
            try addDynamic(reference, from: subschema.resource, at: "\(location)/$dynamicRef", to: &keywords)
        }
        keywords.summary = members["description"]?.string ?? members["title"]?.string
        if vocabularies.hasValidation {
            keywords.types = try reader.types()
            keywords.constant = members["const"]
            keywords.enumeration = try reader.array("enum")
            keywords.number = try reader.numberRules()
        }
        keywords.string = try stringRules(reader, vocabularies)
        keywords.array = try arrayRules(reader, place, vocabularies)
        keywords.object = try objectRules(reader, place, vocabularies)
        if vocabularies.hasApplicators {
            keywords.allOf = try list("allOf", reader, place)
            keywords.anyOf = try list("anyOf", reader, place)
            keywords.oneOf = try list("oneOf", reader, place)
            keywords.not = schema("not", members, place)
            if let test = schema("if", members, place) {
                let (then, otherwise) = (schema("then", members, place), schema("else", members, place))
                if then != nil || otherwise != nil || vocabularies.hasUnevaluated {
                    keywords.condition = SchemaNode.Condition(test: test, then: then, otherwise: otherwise)
                }
            }
        }
        if vocabularies.hasUnevaluated {
            keywords.unevaluatedItems = schema("unevaluatedItems", members, place)
            keywords.unevaluatedProperties = schema("unevaluatedProperties", members, place)
        }
        return SchemaNode(location: location, resource: subschema.resource, keywords: keywords)
    }

    private mutating func addDynamic(
        _ reference: String, from resource: Int, at location: String, to keywords: inout SchemaNode.Keywords
    ) throws(JSONSchemaError) {
        let target = try registry.resolve(reference, from: resource, at: location)
        let fragment = URIReference.percentDecoded(URIReference(reference).fragment ?? "")
        let owner = registry.subschemas[target]?.resource ?? resource
        if !fragment.isEmpty, registry.resources[owner].dynamicAnchors[fragment] == target {
            dynamicNames.insert(fragment)
            keywords.dynamicReferences.append(SchemaNode.DynamicReference(anchor: fragment, fallback: number(target)))
        } else {
            keywords.references.append(number(target))
        }
    }

    private mutating func schema(_ keyword: String, _ members: JSONObject, _ place: SchemaRegistry.Location) -> Int? {
        members[keyword] == nil ? nil : child([keyword], of: place)
    }

    private mutating func child(_ tokens: [String], of place: SchemaRegistry.Location) -> Int {
        var place = place
        for token in tokens { place.pointer = JSONPointer.appending(token, to: place.pointer) }
        return number(place)
    }

    private mutating func list(
        _ keyword: String, _ reader: SchemaReader, _ place: SchemaRegistry.Location, mayBeEmpty: Bool = false
    ) throws(JSONSchemaError) -> [Int] {
        guard let elements = try reader.array(keyword) else { return [] }
        guard !elements.isEmpty || mayBeEmpty else { throw reader.error(keyword, "has to hold at least one schema") }
        return elements.indices.map { child([keyword, String($0)], of: place) }
    }

    private mutating func map(
        _ keyword: String, _ reader: SchemaReader, _ place: SchemaRegistry.Location
    ) throws(JSONSchemaError) -> [(name: String, schema: Int)] {
        guard let members = try reader.object(keyword) else { return [] }
        return members.map { (name: $0.key, schema: child([keyword, $0.key], of: place)) }
    }

    private mutating func pattern(_ source: String, at location: String) throws(JSONSchemaError) -> LinearPattern {
        let pattern: LinearPattern
        do throws(PatternError) {
            pattern = try LinearPattern(source, limits: configuration.patternLimits)
        } catch {
            throw JSONSchemaError(.refusedPattern, "the pattern \(JSONValue.string(source).excerpt) is refused: \(error)", at: location)
        }
        patternInstructions += pattern.instructionCount
        guard patternInstructions <= configuration.maximumPatternInstructions else {
            throw JSONSchemaError(
                .limitExceeded, "the patterns of the schema need more than \(configuration.maximumPatternInstructions) instructions together", at: location)
        }
        return pattern
    }

    // MARK: Keywords by type

    private mutating func stringRules(
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

    private mutating func arrayRules(
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
                    schema: inner, minimum: counts ? try reader.count("minContains") ?? 1 : 1, maximum: counts ? try reader.count("maxContains") : nil,
                    covers: !vocabularies.isDraft7)
            }
        }
        let minimum = vocabularies.hasValidation ? try reader.count("minItems") : nil
        let maximum = vocabularies.hasValidation ? try reader.count("maxItems") : nil
        let isUnique = vocabularies.hasValidation ? try reader.bool("uniqueItems") ?? false : false
        guard !prefix.isEmpty || rest != nil || contains != nil || minimum != nil || maximum != nil || isUnique else { return nil }
        return SchemaNode.ArrayRules(
            minimumCount: minimum, maximumCount: maximum, isUnique: isUnique, prefix: prefix, rest: rest, restKeyword: restKeyword, contains: contains)
    }

    private mutating func objectRules(
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
            properties.isEmpty && patterns.isEmpty && additional == nil && names == nil && dependentSchemas.isEmpty && dependentRequired.isEmpty
            && required.isEmpty && minimum == nil && maximum == nil
        guard !isEmpty else { return nil }
        return SchemaNode.ObjectRules(
            minimumCount: minimum, maximumCount: maximum, required: required, properties: PropertyTable(properties), patternProperties: patterns,
            additional: additional, names: names, dependentRequired: dependentRequired, dependentSchemas: dependentSchemas)
    }
}
