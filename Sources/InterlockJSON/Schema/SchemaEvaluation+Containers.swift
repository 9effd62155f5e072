extension SchemaEvaluation {
    // MARK: Arrays

    mutating func check(
        _ elements: [JSONValue], _ rules: SchemaNode.ArrayRules, _ node: SchemaNode, _ coverage: inout SchemaCoverage
    ) -> Bool {
        var valid = true
        if let minimum = rules.minimumCount, elements.count < minimum {
            fail("minItems", node, "expected at least \(JSONValue.counted(minimum, "item")), got \(elements.count)")
            valid = false
        }
        if let maximum = rules.maximumCount, elements.count > maximum {
            fail("maxItems", node, "expected at most \(JSONValue.counted(maximum, "item")), got \(elements.count)")
            valid = false
        }
        guard valid || goesOn else { return false }
        valid = checkItems(elements, rules, node, &coverage) && valid
        guard valid || goesOn else { return false }
        if let contains = rules.contains { valid = check(elements, contains, node, &coverage) && valid }
        if rules.isUnique, valid || goesOn, let (first, second) = firstPairOfEquals(elements) {
            fail(
                "uniqueItems", node,
                "items \(first) and \(second) are equal (\(elements[first].excerpt)); every item has to be different")
            valid = false
        }
        return valid
    }

    private mutating func checkItems(
        _ elements: [JSONValue], _ rules: SchemaNode.ArrayRules, _ node: SchemaNode, _ coverage: inout SchemaCoverage
    ) -> Bool {
        var valid = true
        for (index, schema) in rules.prefix.enumerated() where index < elements.count {
            valid = evaluate(schema, elements[index], inside: .item(index)) && valid
            guard valid || goesOn else { return false }
            coverage.insert(index)
        }
        guard let rest = rules.rest, elements.count > rules.prefix.count else { return valid }
        if graph.nodes[rest].constantAnswer == false {
            let allowed =
                rules.prefix.isEmpty
                ? "expected an empty array" : "expected at most \(JSONValue.counted(rules.prefix.count, "item"))"
            fail(rules.restKeyword, node, "\(allowed), got \(elements.count)")
            return false
        }
        for index in rules.prefix.count..<elements.count {
            valid = evaluate(rest, elements[index], inside: .item(index)) && valid
            guard valid || goesOn else { return false }
        }
        coverage.insertAll()
        return valid
    }

    private mutating func check(
        _ elements: [JSONValue], _ contains: SchemaNode.Contains, _ node: SchemaNode, _ coverage: inout SchemaCoverage
    ) -> Bool {
        var count = 0
        for (index, element) in elements.enumerated() {
            if silently({ $0.evaluate(contains.schema, element) }) {
                count += 1
                if contains.covers { coverage.insert(index) }
            }
            guard stop == nil else { return false }
        }
        if count < contains.minimum {
            fail(contains.minimum == 1 ? "contains" : "minContains", node) { evaluation in
                let what =
                    evaluation.phrase(of: contains.schema).map { " that is \($0)" } ?? " fitting the schema under \"contains\""
                return "expected at least \(JSONValue.counted(contains.minimum, "item"))\(what), found \(count)"
            }
            return false
        }
        if let maximum = contains.maximum, count > maximum {
            fail(
                "maxContains", node,
                "expected at most \(JSONValue.counted(maximum, "item")) that fit the schema under \"contains\", found \(count)")
            return false
        }
        return true
    }

    /// The first two items that are equal; items are compared only where their hashes are.
    private mutating func firstPairOfEquals(_ elements: [JSONValue]) -> (Int, Int)? {
        var seen: [Int: [Int]] = [:]
        for (index, element) in elements.enumerated() {
            let hash = hash(element)
            guard stop == nil else { return nil }
            for other in seen[hash] ?? [] {
                if equal(elements[other], element) { return (other, index) }
                guard stop == nil else { return nil }
            }
            seen[hash, default: []].append(index)
        }
        return nil
    }

    mutating func evaluate(_ schema: Int, _ value: JSONValue, inside step: @autoclosure () -> SchemaReport.Step) -> Bool {
        guard report != nil else { return evaluate(schema, value) }
        report?.enter(step())
        defer { report?.leave() }
        return evaluate(schema, value)
    }

    // MARK: Objects

    mutating func check(
        _ members: JSONObject, _ value: JSONValue, _ rules: SchemaNode.ObjectRules, _ node: SchemaNode,
        _ coverage: inout SchemaCoverage
    ) -> Bool {
        guard spend((rules.required.count + rules.dependentRequired.count + rules.dependentSchemas.count) / 8) else {
            return false
        }
        var valid = checkNames(members, rules, node)
        guard valid || goesOn else { return false }
        valid = checkMembers(members, rules, node, &coverage) && valid
        guard valid || goesOn else { return false }
        for (name, required) in rules.dependentRequired where members[name] != nil {
            for other in required where members[other] == nil {
                fail(
                    "dependentRequired", node,
                    "\(Self.quoted(name)) requires \(Self.quoted(other)) too; add it, or leave \(Self.quoted(name)) out")
                valid = false
            }
            guard valid || goesOn else { return false }
        }
        for (name, schema) in rules.dependentSchemas where members[name] != nil {
            valid = evaluate(schema, value, &coverage) && valid
            guard valid || goesOn else { return false }
        }
        return valid
    }

    private mutating func checkNames(_ members: JSONObject, _ rules: SchemaNode.ObjectRules, _ node: SchemaNode) -> Bool {
        var valid = true
        if let minimum = rules.minimumCount, members.count < minimum {
            fail("minProperties", node, "expected at least \(JSONValue.counted(minimum, "property")), got \(members.count)")
            valid = false
        }
        if let maximum = rules.maximumCount, members.count > maximum {
            fail("maxProperties", node, "expected at most \(JSONValue.counted(maximum, "property")), got \(members.count)")
            valid = false
        }
        for name in rules.required where members[name] == nil {
            fail("required", node) { $0.missing(name, members, rules) }
            valid = false
            guard goesOn else { return false }
        }
        guard let names = rules.names else { return valid }
        for name in members.keys {
            if silently({ $0.evaluate(names, .string(name)) }) { continue }
            guard stop == nil else { return false }
            fail("propertyNames", node) {
                "the property name \(Self.quoted(name)) is not allowed: \($0.firstViolation(names, .string(name)))"
            }
            valid = false
            guard goesOn else { return false }
        }
        return valid
    }

    private mutating func checkMembers(
        _ members: JSONObject, _ rules: SchemaNode.ObjectRules, _ node: SchemaNode, _ coverage: inout SchemaCoverage
    ) -> Bool {
        guard !rules.properties.isEmpty || !rules.patternProperties.isEmpty || rules.additional != nil else { return true }
        var valid = true
        for (index, member) in members.enumerated() {
            guard spend(1) else { return false }
            var isKnown = false
            if let schema = rules.properties[member.key] {
                isKnown = true
                valid = evaluate(schema, member.value, inside: .member(member.key)) && valid
            }
            for (pattern, schema) in rules.patternProperties where matches(pattern, member.key) {
                isKnown = true
                valid = evaluate(schema, member.value, inside: .member(member.key)) && valid
            }
            if !isKnown, let additional = rules.additional {
                isKnown = true
                if graph.nodes[additional].constantAnswer == false {
                    report?.enter(.member(member.key))
                    fail("additionalProperties", node) {
                        $0.unknown(
                            member.key, allowed: rules.properties.entries.map(\.name),
                            patterns: rules.patternProperties.map(\.pattern))
                    }
                    report?.leave()
                    valid = false
                } else {
                    valid = evaluate(additional, member.value, inside: .member(member.key)) && valid
                }
            }
            guard valid || goesOn else { return false }
            if isKnown { coverage.insert(index) }
        }
        return valid
    }

    // MARK: What nothing evaluated

    mutating func evaluateUnevaluated(_ node: SchemaNode, _ value: JSONValue, _ coverage: inout SchemaCoverage) -> Bool {
        var valid = true
        if case .array(let elements) = value, let schema = node.keywords.unevaluatedItems {
            let isForbidden = graph.nodes[schema].constantAnswer == false
            for (index, element) in elements.enumerated() where !coverage.contains(index) {
                if isForbidden {
                    fail(
                        "unevaluatedItems", node,
                        "item \(index) is one too many; expected at most \(JSONValue.counted(index, "item"))")
                    return false
                }
                valid = evaluate(schema, element, inside: .item(index)) && valid
                guard valid || goesOn else { return false }
            }
            coverage.insertAll()
        }
        if case .object(let members) = value, let schema = node.keywords.unevaluatedProperties {
            let isForbidden = graph.nodes[schema].constantAnswer == false
            for (index, member) in members.enumerated() where !coverage.contains(index) {
                if isForbidden {
                    report?.enter(.member(member.key))
                    fail("unevaluatedProperties", node) {
                        $0.unknown(member.key, allowed: $0.propertyNames(of: node), patterns: [])
                    }
                    report?.leave()
                    valid = false
                } else {
                    valid = evaluate(schema, member.value, inside: .member(member.key)) && valid
                }
                guard valid || goesOn else { return false }
            }
            coverage.insertAll()
        }
        return valid
    }
}
