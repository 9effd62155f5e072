/// Turns the documents of a registry into a graph of nodes: checks every keyword, compiles patterns, resolves every reference.
struct SchemaCompiler {
    private var registry: SchemaRegistry
    let configuration: JSONSchemaConfiguration
    private var numbers: [SchemaRegistry.Location: Int] = [:]
    private var queue: [SchemaRegistry.Location] = []
    private var nodes: [SchemaNode] = []
    private var dynamicNames: Set<String> = []
    private var patternInstructions = 0
    private var patternCount = 0
    private static let mostAutomata = 200

    /// Compiles a schema; node 0 is its root.
    static func compile(
        _ schema: JSONValue, resources: [String: JSONValue], configuration: JSONSchemaConfiguration
    ) throws(JSONSchemaError) -> SchemaGraph {
        var compiler = try SchemaCompiler(
            registry: SchemaRegistry(schema, available: resources, configuration: configuration), configuration: configuration)
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
                for (resource, place) in registry.dynamicAnchors[name] ?? [:] {
                    anchors[name, default: [:]][resource] = number(place)
                }
            }
        } while nodes.count < queue.count
        let pointers = Dictionary(
            registry.placesOfFirstDocument.map { ($0.pointer, numbers[$0] ?? 0) }, uniquingKeysWith: { first, _ in first })
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
        if !fragment.isEmpty, registry.dynamicAnchors[fragment]?[owner] == target {
            dynamicNames.insert(fragment)
            keywords.dynamicReferences.append(SchemaNode.DynamicReference(anchor: fragment, fallback: number(target)))
        } else {
            keywords.references.append(number(target))
        }
    }

    mutating func schema(_ keyword: String, _ members: JSONObject, _ place: SchemaRegistry.Location) -> Int? {
        members[keyword] == nil ? nil : child([keyword], of: place)
    }

    mutating func child(_ tokens: [String], of place: SchemaRegistry.Location) -> Int {
        var place = place
        for token in tokens { place.pointer = JSONPointer.appending(token, to: place.pointer) }
        return number(place)
    }

    mutating func list(
        _ keyword: String, _ reader: SchemaReader, _ place: SchemaRegistry.Location, mayBeEmpty: Bool = false
    ) throws(JSONSchemaError) -> [Int] {
        guard let elements = try reader.array(keyword) else { return [] }
        guard !elements.isEmpty || mayBeEmpty else { throw reader.error(keyword, "has to hold at least one schema") }
        return elements.indices.map { child([keyword, String($0)], of: place) }
    }

    mutating func map(
        _ keyword: String, _ reader: SchemaReader, _ place: SchemaRegistry.Location
    ) throws(JSONSchemaError) -> [(name: String, schema: Int)] {
        guard let members = try reader.object(keyword) else { return [] }
        return members.map { (name: $0.key, schema: child([keyword, $0.key], of: place)) }
    }

    mutating func pattern(_ source: String, at location: String) throws(JSONSchemaError) -> LinearPattern {
        let pattern: LinearPattern
        do throws(PatternError) {
            var limits = configuration.patternLimits
            // Computing automata takes time: only the first patterns get one, the rest run slower with the same results.
            if patternCount >= Self.mostAutomata { limits.maximumAutomatonStates = 0 }
            pattern = try LinearPattern(source, limits: limits)
        } catch {
            throw JSONSchemaError(
                .refusedPattern, "the pattern \(JSONValue.string(source).excerpt) is refused: \(error)", at: location)
        }
        patternCount += 1
        patternInstructions += pattern.instructionCount
        guard patternInstructions <= configuration.maximumPatternInstructions else {
            throw JSONSchemaError(
                .limitExceeded,
                "the patterns of the schema need more than \(configuration.maximumPatternInstructions) instructions together",
                at: location)
        }
        return pattern
    }
}
