extension SchemaEvaluation {
    static func quoted(_ name: String) -> String { JSONValue.string(name).excerpt }

    /// What to say where the type is wrong, with what to send instead where that is plain.
    static func mismatch(_ types: JSONTypeSet, _ value: JSONValue) -> String {
        let expected = "expected \(types.phrase), got \(value.phrase)"
        switch value {
        case .string(let text):
            guard text.utf8.count < 10_000 else { return expected }
            let trimmed = text.drop { $0.isWhitespace }
            if types.contains(.integer) || types.contains(.number), let number = JSONNumber(text), types.accepts(.number(number))
            {
                return expected + "; send a number without quotes"
            }
            if types.contains(.boolean), text == "true" || text == "false" { return expected + "; send \(text) without quotes" }
            if types.contains(.null), text == "null" { return expected + "; send null without quotes" }
            if types.contains(.object) && trimmed.first == "{" || types.contains(.array) && trimmed.first == "[" {
                return expected + "; send the JSON itself, not a string that holds it"
            }
            if types.contains(.array) { return expected + "; put it in square brackets, even a single item" }
        case .number:
            if types.contains(.integer) { return expected + "; send a whole number" }
            if types.contains(.string) { return expected + "; put it in quotes" }
            if types.contains(.array) { return expected + "; put it in square brackets, even a single item" }
        case .bool:
            if types.contains(.string) { return expected + "; put it in quotes" }
        case .null: return expected + "; send a value, or leave it out if it is optional"
        case .object:
            if types.contains(.array) { return expected + "; put it in square brackets, even a single item" }
        case .array: break
        }
        return expected
    }

    /// What to say where the value is none of a few.
    static func mismatch(_ allowed: [JSONValue], _ value: JSONValue) -> String {
        let shown = allowed.prefix(20).map(\.excerpt).joined(separator: ", ")
        let rest = allowed.count > 20 ? ", … (\(allowed.count) in all)" : ""
        var message = "expected \(allowed.count == 1 ? "" : "one of ")\(shown)\(rest), got \(value.excerpt)"
        if case .string(let text) = value {
            if let closest = ClosestName.find(text, among: allowed.lazy.compactMap(\.string)) {
                message += "; did you mean \(quoted(closest))?"
            } else if allowed.prefix(200).contains(where: { $0.string == nil && $0.description == text }) {
                message += "; send it without quotes"
            }
        }
        return message
    }

    func missing(_ name: String, _ members: JSONObject, _ rules: SchemaNode.ObjectRules) -> String {
        var message = "missing required property \(Self.quoted(name))"
        if let schema = rules.properties[name] {
            let summary = summary(of: schema).map { "\"\($0)\"" }
            let about = [phrase(of: schema), summary].compactMap { $0 }
            if !about.isEmpty { message += " (\(about.joined(separator: ": ")))" }
        }
        let strangers = members.keys.prefix(200).filter { rules.properties[$0] == nil }
        if let meant = ClosestName.find(name, among: strangers) { message += "; was \(Self.quoted(meant)) meant to be it?" }
        return message
    }

    func unknown(_ name: String, allowed: [String], patterns: [LinearPattern]) -> String {
        var message = "unknown property \(Self.quoted(name))"
        if let closest = ClosestName.find(name, among: allowed) { return message + "; did you mean \(Self.quoted(closest))?" }
        let names = allowed.prefix(12).map(Self.quoted) + patterns.prefix(4).map { "names that match \($0)" }
        message += names.isEmpty ? "; no properties are allowed here" : "; allowed are \(names.joined(separator: ", "))"
        return allowed.count > 12 ? message + ", …" : message
    }

    /// What a schema asks for in a few words: "an integer", "one of …"; nil if it is not that simple.
    func phrase(of schema: Int) -> String? {
        let keywords = resolved(schema).keywords
        if let constant = keywords.constant { return constant.excerpt }
        if let allowed = keywords.enumeration {
            return allowed.count > 8 ? nil : "one of " + allowed.map(\.excerpt).joined(separator: ", ")
        }
        return keywords.types?.phrase
    }

    private func summary(of schema: Int) -> String? {
        guard let text = graph.nodes[schema].keywords.summary ?? resolved(schema).keywords.summary else { return nil }
        let line = text.prefix { $0 != "\n" }
        return line.count > 80 ? line.prefix(77) + "…" : String(line)
    }

    /// The node at the end of a chain of plain references.
    private func resolved(_ schema: Int) -> SchemaNode {
        var node = graph.nodes[schema]
        for _ in 0..<8 {
            guard let next = node.keywords.references.first, node.keywords.types == nil else { break }
            node = graph.nodes[next]
        }
        return node
    }

    /// The names that a schema and what it is combined from declare.
    func propertyNames(of node: SchemaNode) -> [String] {
        var names: [String] = []
        var nodes = [node]
        var looked = 0
        while looked < min(nodes.count, 100), names.count < 100 {
            let keywords = nodes[looked].keywords
            looked += 1
            names += (keywords.object?.properties.entries ?? []).prefix(100).map(\.name)
            let parts = [keywords.references, keywords.allOf, keywords.anyOf, keywords.oneOf].flatMap { $0.prefix(100) }
            let consequences = [keywords.condition?.then, keywords.condition?.otherwise].compactMap { $0 }
            nodes += (parts + consequences).prefix(100).map { graph.nodes[$0] }
        }
        return names
    }

    /// The first thing wrong with a value, in words.
    mutating func firstViolation(_ schema: Int, _ value: JSONValue) -> String {
        violations(schema, value, limit: 1).first?.message ?? "it does not fit"
    }

    private mutating func violations(_ schema: Int, _ value: JSONValue, limit: Int) -> [JSONSchemaViolation] {
        var inner: SchemaReport? = SchemaReport(limit: limit, path: report?.path ?? [])
        swap(&inner, &report)
        _ = evaluate(schema, value)
        swap(&inner, &report)
        return inner?.violations ?? []
    }

    // MARK: Alternatives

    /// Reports that a value fits none of several schemas, by the way of saying it that helps most: the types or values that
    /// would do, what is wrong with the one alternative that was plainly meant, or a line for each.
    mutating func failAlternatives(_ keyword: String, _ schemas: [Int], _ node: SchemaNode, _ value: JSONValue) {
        guard goesOn else { return }
        let pointer = report?.pointer ?? ""
        let reasons = schemas.prefix(16).map { violations($0, value, limit: 4) }
        guard goesOn else { return }
        func failsOutright(_ keywords: String...) -> Bool {
            reasons.allSatisfy { reason in
                reason.first.map { $0.instancePath == pointer && keywords.contains($0.keyword) } ?? false
            }
        }
        if schemas.count <= 16, failsOutright("type") {
            let types = schemas.reduce(into: JSONTypeSet()) { $0.formUnion(resolved($1).keywords.types ?? []) }
            if !types.isEmpty { return fail(keyword, node, Self.mismatch(types, value)) }
        }
        if schemas.count <= 16, failsOutright("const", "enum") {
            let allowed = schemas.flatMap { schema in
                let keywords = resolved(schema).keywords
                return keywords.constant.map { [$0] } ?? keywords.enumeration ?? []
            }
            if !allowed.isEmpty { return fail(keyword, node, Self.mismatch(allowed, value)) }
        }
        let meant = reasons.filter { reason in !reason.contains { Self.rulesOut($0, at: pointer) } }
        // Failing that, the only one whose type is right.
        let candidates =
            meant.isEmpty ? reasons.filter { !$0.contains { $0.keyword == "type" && $0.instancePath == pointer } } : meant
        if candidates.count == 1, let reason = candidates.first, !reason.isEmpty {
            report?.add(reason)
            return
        }
        let depth = pointer.utf8.count
        let lines = reasons.prefix(4).enumerated().map { index, reason in
            let first = reason.first.map { violation in
                let path =
                    violation.instancePath.utf8.count > depth
                    ? String(decoding: violation.instancePath.utf8.dropFirst(depth), as: UTF8.self) + ": " : ""
                return path + violation.message
            }
            // Alternatives may nest, and so would their messages.
            let text = first.map { $0.utf8.count > 240 ? "\($0.prefix(200))…" : $0 }
            return "(\(index)) \(text ?? "does not fit")"
        }
        let rest = schemas.count > 4 ? "; and \(schemas.count - 4) more" : ""
        fail(keyword, node, "fits none of the \(schemas.count) alternatives: \(lines.joined(separator: "; "))\(rest)")
    }

    /// Whether a violation shows that an alternative was not the one meant: the wrong type as a whole, or another value of a
    /// member that tells them apart.
    private static func rulesOut(_ violation: JSONSchemaViolation, at pointer: String) -> Bool {
        switch violation.keyword {
        case "type": violation.instancePath == pointer
        case "const", "enum", "false": violation.instancePath.utf8.dropFirst(pointer.utf8.count + 1).firstIndex(of: 0x2F) == nil
        default: false
        }
    }
}
