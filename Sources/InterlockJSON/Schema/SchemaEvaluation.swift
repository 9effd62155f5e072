/// One run of a compiled schema over one value: the work left, the dynamic scope, and the report if one is wanted.
///
/// Without a report it stops at the first failure. With one it goes on to find more, up to the report's limit.
struct SchemaEvaluation {
    enum Stop {
        case steps, recursion
    }

    let graph: SchemaGraph
    /// Steps left; shared with whatever else runs for the same validation.
    var remainingSteps: Int
    private(set) var stop: Stop?
    var report: SchemaReport?
    private var remainingRecursion: Int
    /// The resources entered and not yet left, outermost first; kept only if a dynamic reference could ask.
    private var scope: [Int] = []

    init(_ graph: SchemaGraph, maximumSteps: Int, maximumRecursion: Int, report: SchemaReport? = nil) {
        self.graph = graph
        self.report = report
        remainingSteps = maximumSteps
        remainingRecursion = maximumRecursion
    }

    /// Whether to go on after a failure, to find more.
    var goesOn: Bool { report.map { !$0.isFull } ?? false && stop == nil }

    /// Takes steps off what is left; false once there are none.
    mutating func spend(_ steps: Int) -> Bool {
        guard stop == nil else { return false }
        remainingSteps -= steps
        if remainingSteps < 0 { stop = .steps }
        return stop == nil
    }

    mutating func halt(_ reason: Stop) { stop = stop ?? reason }

    /// Reports a failure. The message is only made if it is wanted.
    mutating func fail(_ keyword: String, _ node: SchemaNode, _ message: @autoclosure () -> String) {
        guard goesOn, spend(10) else { return }
        report?.add(keyword, of: node, message())
    }

    /// Reports a failure whose message takes looking around, or validating again.
    mutating func fail(_ keyword: String, _ node: SchemaNode, saying message: (inout SchemaEvaluation) -> String) {
        guard goesOn, spend(500) else { return }
        let text = message(&self)
        report?.add(keyword, of: node, text)
    }

    /// Runs `body` without a report.
    mutating func silently<Result>(_ body: (inout SchemaEvaluation) -> Result) -> Result {
        guard report != nil else { return body(&self) }
        var kept: SchemaReport?
        swap(&kept, &report)
        defer { swap(&kept, &report) }
        return body(&self)
    }

    // MARK: One schema, one value

    /// Whether a value satisfies a node's schema.
    mutating func evaluate(_ index: Int, _ value: JSONValue) -> Bool {
        var coverage = SchemaCoverage.unwanted
        return evaluate(index, value, &coverage)
    }

    /// Whether a value satisfies a node's schema; what was evaluated of it is added to `coverage`, which means nothing if the answer is false.
    mutating func evaluate(_ index: Int, _ value: JSONValue, _ coverage: inout SchemaCoverage) -> Bool {
        guard spend(1) else { return false }
        guard remainingRecursion > 0 else {
            halt(.recursion)
            return false
        }
        remainingRecursion -= 1
        defer { remainingRecursion += 1 }
        let node = graph.nodes[index]
        if let answer = node.constantAnswer {
            if !answer { fail("false", node, "nothing is allowed here; leave it out") }
            return answer
        }
        let entersScope = graph.isDynamic && scope.last != node.resource
        if entersScope { scope.append(node.resource) }
        defer { if entersScope { scope.removeLast() } }
        let valid = evaluate(node, value, &coverage)
        return valid && stop == nil
    }

    private mutating func evaluate(_ node: SchemaNode, _ value: JSONValue, _ coverage: inout SchemaCoverage) -> Bool {
        if let types = node.keywords.types {
            // Whether a long number is integral takes a look at its digits.
            if case .number(let number) = value, number.int == nil, !spend(number.text.utf8.count / 16) { return false }
            guard types.accepts(value) else {
                fail("type", node, Self.mismatch(types, value))
                return false
            }
        }
        guard node.keywords.unevaluatedItems != nil || node.keywords.unevaluatedProperties != nil else {
            return evaluateKeywords(node, value, &coverage)
        }
        var own = SchemaCoverage(isWanted: true)
        guard evaluateKeywords(node, value, &own), evaluateUnevaluated(node, value, &own) else { return false }
        coverage.formUnion(own)
        return true
    }

    private mutating func evaluateKeywords(_ node: SchemaNode, _ value: JSONValue, _ coverage: inout SchemaCoverage) -> Bool {
        var valid = true
        if node.keywords.constant != nil || node.keywords.enumeration != nil {
            valid = checkChoice(node, value)
            guard valid || goesOn else { return false }
        }
        switch value {
        case .number(let number):
            if let rules = node.keywords.number { valid = check(number, rules, node) && valid }
        case .string(let text):
            if let rules = node.keywords.string { valid = check(text, rules, node) && valid }
        case .array(let elements):
            if let rules = node.keywords.array { valid = check(elements, rules, node, &coverage) && valid }
        case .object(let members):
            if let rules = node.keywords.object { valid = check(members, value, rules, node, &coverage) && valid }
        case .null, .bool: break
        }
        guard valid || goesOn else { return false }
        for target in node.keywords.references {
            valid = evaluate(target, value, &coverage) && valid
            guard valid || goesOn else { return false }
        }
        for reference in node.keywords.dynamicReferences {
            valid = evaluate(target(of: reference), value, &coverage) && valid
            guard valid || goesOn else { return false }
        }
        return combine(node, value, &coverage) && valid
    }

    /// The outermost resource under way that has the anchor decides.
    private func target(of reference: SchemaNode.DynamicReference) -> Int {
        guard let byResource = graph.dynamicAnchors[reference.anchor] else { return reference.fallback }
        for resource in scope {
            if let node = byResource[resource] { return node }
        }
        return reference.fallback
    }

    private mutating func checkChoice(_ node: SchemaNode, _ value: JSONValue) -> Bool {
        var valid = true
        if let constant = node.keywords.constant, !equal(constant, value) {
            fail("const", node, Self.mismatch([constant], value))
            valid = false
        }
        if let allowed = node.keywords.enumeration, !allowed.contains(where: { equal($0, value) }) {
            fail("enum", node, Self.mismatch(allowed, value))
            valid = false
        }
        return valid
    }

    mutating func equal(_ left: JSONValue, _ right: JSONValue) -> Bool {
        counting { spend in left.equalsForSchema(right, spend: spend) } && stop == nil
    }

    /// A hash that equal values share.
    mutating func hash(_ value: JSONValue) -> Int {
        counting { spend in
            var hasher = Hasher()
            value.hashForSchema(into: &hasher, spend: spend)
            return hasher.finalize()
        }
    }

    /// Runs work that asks for its steps as it goes.
    private mutating func counting<Result>(_ work: ((Int) -> Bool) -> Result) -> Result {
        var (steps, stopped) = (remainingSteps, stop != nil)
        let result = work { cost in
            steps -= cost
            if steps < 0 { stopped = true }
            return !stopped
        }
        remainingSteps = steps
        if stopped { halt(.steps) }
        return result
    }
}
