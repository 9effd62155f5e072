extension SchemaEvaluation {
    /// `allOf`, `anyOf`, `oneOf`, `not` and `if`: schemas that apply to the same value.
    mutating func combine(_ node: SchemaNode, _ value: JSONValue, _ coverage: inout SchemaCoverage) -> Bool {
        var valid = true
        for schema in node.keywords.allOf {
            valid = evaluate(schema, value, &coverage) && valid
            guard valid || goesOn else { return false }
        }
        if !node.keywords.anyOf.isEmpty { valid = checkAny(node, value, &coverage) && valid }
        guard valid || goesOn else { return false }
        if !node.keywords.oneOf.isEmpty { valid = checkOne(node, value, &coverage) && valid }
        guard valid || goesOn else { return false }
        if let forbidden = node.keywords.not { valid = checkNot(forbidden, node, value) && valid }
        guard valid || goesOn else { return false }
        if let condition = node.keywords.condition { valid = check(condition, value, &coverage) && valid }
        return valid
    }

    private mutating func checkAny(_ node: SchemaNode, _ value: JSONValue, _ coverage: inout SchemaCoverage) -> Bool {
        var matched = false
        for schema in node.keywords.anyOf {
            var own = SchemaCoverage(isWanted: coverage.isWanted)
            guard silently({ $0.evaluate(schema, value, &own) }) else { continue }
            coverage.formUnion(own)
            matched = true
            if !coverage.isWanted { break }
        }
        if !matched { failAlternatives("anyOf", node.keywords.anyOf, node, value) }
        return matched
    }

    private mutating func checkOne(_ node: SchemaNode, _ value: JSONValue, _ coverage: inout SchemaCoverage) -> Bool {
        var matching: [Int] = []
        for (index, schema) in node.keywords.oneOf.enumerated() {
            var own = SchemaCoverage(isWanted: coverage.isWanted)
            guard silently({ $0.evaluate(schema, value, &own) }) else { continue }
            coverage.formUnion(own)
            matching.append(index)
            if matching.count > 1, !goesOn { return false }
        }
        if matching.isEmpty {
            failAlternatives("oneOf", node.keywords.oneOf, node, value)
        } else if matching.count > 1 {
            let names = matching.map { "#\($0)" }.joined(separator: ", ")
            fail(
                "oneOf", node,
                "fits \(matching.count) of the alternatives (\(names)), but has to fit exactly one; make it unambiguous")
        }
        return matching.count == 1
    }

    private mutating func checkNot(_ forbidden: Int, _ node: SchemaNode, _ value: JSONValue) -> Bool {
        guard silently({ $0.evaluate(forbidden, value) }) else { return stop == nil }
        fail("not", node) { evaluation in
            evaluation.phrase(of: forbidden).map { "must not be \($0), got \(value.excerpt)" }
                ?? "fits the schema that \"not\" forbids: \(value.excerpt)"
        }
        return false
    }

    private mutating func check(_ condition: SchemaNode.Condition, _ value: JSONValue, _ coverage: inout SchemaCoverage) -> Bool {
        var own = SchemaCoverage(isWanted: coverage.isWanted)
        let holds = silently { $0.evaluate(condition.test, value, &own) }
        guard stop == nil else { return false }
        if holds { coverage.formUnion(own) }
        guard let consequence = holds ? condition.then : condition.otherwise else { return true }
        return evaluate(consequence, value, &coverage)
    }
}
