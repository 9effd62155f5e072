/// Builds the program of a ``DirectSchema``.
struct DirectSchemaBuilder {
    let graph: SchemaGraph
    var nodes: [DirectSchema.Node] = []
    var numbers: [DirectSchema.NumberRules] = []
    var strings: [DirectSchema.StringRules] = []
    var arrays: [DirectSchema.ArrayRules] = []
    var objects: [DirectSchema.ObjectRules] = []
    var slots: [DirectSchema.Slot] = []
    var names: [UInt8] = []
    var choices: [Int32] = []
    private var places: [Int: Int32] = [:]
    private var queue: [Int] = []

    private static let maximumSlots = 64

    init(_ graph: SchemaGraph) { self.graph = graph }

    mutating func build(_ root: Int) {
        _ = place(of: root)
        while nodes.count < queue.count {
            let index = queue[nodes.count]
            nodes.append(node(for: index) ?? DirectSchema.Node(tree: Int32(index)))
        }
    }

    /// Where the node of a schema is or will be.
    private mutating func place(of schema: Int) -> Int32 {
        let index = resolved(schema)
        if let known = places[index] { return known }
        places[index] = Int32(queue.count)
        queue.append(index)
        return Int32(queue.count - 1)
    }

    /// The schema at the end of a chain of references that say nothing else. References never lead in a circle.
    private func resolved(_ schema: Int) -> Int {
        var index = schema
        while let next = onlyReference(graph.nodes[index]) { index = next }
        return index
    }

    private func onlyReference(_ node: SchemaNode) -> Int? {
        let keywords = node.keywords
        guard node.constantAnswer == nil, keywords.references.count == 1, saysNothingElse(keywords), keywords.anyOf.isEmpty,
            keywords.oneOf.isEmpty
        else {
            return nil
        }
        return keywords.references[0]
    }

    private func saysNothingElse(_ keywords: SchemaNode.Keywords) -> Bool {
        keywords.types == nil && keywords.constant == nil && keywords.enumeration == nil && keywords.number == nil
            && keywords.string == nil
            && keywords.array == nil && keywords.object == nil && combinesNothing(keywords)
    }

    private func combinesNothing(_ keywords: SchemaNode.Keywords) -> Bool {
        keywords.dynamicReferences.isEmpty && keywords.allOf.isEmpty && keywords.not == nil && keywords.condition == nil
            && keywords.unevaluatedItems == nil && keywords.unevaluatedProperties == nil
    }

    /// The node of a schema, nil if only a tree can decide it.
    private mutating func node(for index: Int) -> DirectSchema.Node? {
        let node = graph.nodes[index]
        let keywords = node.keywords
        if let answer = node.constantAnswer { return answer ? DirectSchema.Node() : nil }
        guard combinesNothing(keywords), keywords.references.isEmpty else { return nil }
        if !keywords.anyOf.isEmpty || !keywords.oneOf.isEmpty {
            guard saysNothingElse(keywords), keywords.anyOf.isEmpty || keywords.oneOf.isEmpty else { return nil }
            return choice(keywords.anyOf + keywords.oneOf)
        }
        var result = DirectSchema.Node()
        result.types = keywords.types ?? .all
        let allowed: [[UInt8]]?
        switch Self.allowedTexts(keywords) {
        case .any: allowed = nil
        case .undecided: return nil
        case .texts(let texts):
            allowed = texts
            result.types.formIntersection(.string)
        }
        if let rules = keywords.string ?? allowed.map({ _ in SchemaNode.StringRules() }) {
            result.string = Int32(strings.count)
            strings.append(
                DirectSchema.StringRules(
                    minimumLength: rules.minimumLength ?? 0, maximumLength: rules.maximumLength ?? .max, pattern: rules.pattern,
                    format: rules.format,
                    allowed: allowed))
        }
        if let rules = keywords.number {
            result.number = Int32(numbers.count)
            numbers.append(
                DirectSchema.NumberRules(
                    minimum: rules.minimum.map(DirectSchema.Bound.init), maximum: rules.maximum.map(DirectSchema.Bound.init),
                    exclusiveMinimum: rules.exclusiveMinimum.map(DirectSchema.Bound.init),
                    exclusiveMaximum: rules.exclusiveMaximum.map(DirectSchema.Bound.init),
                    multipleOf: rules.multipleOf.map(DirectSchema.Bound.init)))
        }
        if let rules = keywords.array {
            guard rules.prefix.isEmpty, rules.contains == nil, !rules.isUnique else { return nil }
            let items = rules.rest.map { place(of: $0) } ?? -1
            result.array = Int32(arrays.count)
            arrays.append(
                DirectSchema.ArrayRules(
                    minimumCount: rules.minimumCount ?? 0, maximumCount: rules.maximumCount ?? .max, items: items))
        }
        if let rules = keywords.object {
            guard let object = object(rules) else { return nil }
            result.object = Int32(objects.count)
            objects.append(object)
        }
        return result
    }

    private enum Allowed {
        case any, undecided
        case texts([[UInt8]])
    }

    private static func allowedTexts(_ keywords: SchemaNode.Keywords) -> Allowed {
        switch (keywords.constant, keywords.enumeration) {
        case (nil, nil): return .any
        case (.string(let text)?, nil): return .texts([Array(text.utf8)])
        case (nil, let values?) where values.count <= 32:
            let texts = values.compactMap(\.string)
            return texts.count == values.count ? .texts(texts.map { Array($0.utf8) }) : .undecided
        default: return .undecided
        }
    }

    private mutating func object(_ rules: SchemaNode.ObjectRules) -> DirectSchema.ObjectRules? {
        guard rules.minimumCount ?? 0 == 0, rules.patternProperties.isEmpty, rules.names == nil, rules.dependentRequired.isEmpty,
            rules.dependentSchemas.isEmpty
        else { return nil }
        var others: Int32 = -1
        if let additional = rules.additional {
            others = graph.nodes[additional].constantAnswer == false ? -2 : place(of: additional)
        }
        var members: [(name: String, node: Int32)] = rules.properties.entries.map { ($0.name, place(of: $0.schema)) }
        for name in rules.required where rules.properties[name] == nil { members.append((name, others)) }
        guard members.count <= Self.maximumSlots else { return nil }
        var required: UInt64 = 0
        let first = slots.count
        for (bit, member) in members.enumerated() {
            if rules.required.contains(where: { StringBytes.same($0, member.name) }) { required |= 1 << UInt64(bit) }
            slots.append(DirectSchema.Slot(start: names.count, count: member.name.utf8.count, node: member.node))
            names += member.name.utf8
        }
        return DirectSchema.ObjectRules(
            slots: first..<slots.count, required: required, maximumCount: rules.maximumCount ?? .max, others: others)
    }

    /// Alternatives of which at most one can take a value, by its type.
    private mutating func choice(_ schemas: [Int]) -> DirectSchema.Node? {
        var byKind = Array(repeating: Int32(-1), count: 6)
        for schema in schemas {
            let index = resolved(schema)
            let keywords = graph.nodes[index].keywords
            guard graph.nodes[index].constantAnswer == nil,
                let types = keywords.types ?? (keywords.constant?.string == nil ? nil : .string)
            else { return nil }
            let target = place(of: index)
            for kind in DirectCheck.kinds(of: types) {
                guard byKind[kind] < 0 else { return nil }
                byKind[kind] = target
            }
        }
        choices += byKind
        return DirectSchema.Node(choice: Int32(choices.count - 6))
    }
}
