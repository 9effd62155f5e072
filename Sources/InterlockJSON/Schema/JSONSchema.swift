/// A compiled JSON Schema: immutable, and safe to use from any number of threads.
///
/// Understands 2020-12 in full (the dialect of a schema without `$schema`) and draft-07. Patterns run in linear time. References resolve within the
/// schema, to the resources handed in, and to the built-in meta-schemas; nothing is ever fetched. `format` annotates unless the configuration asks
/// for more; `contentEncoding`, `contentMediaType` and `contentSchema` always only annotate, as the standard has it.
///
/// Compiling and validating are bounded by a ``JSONSchemaConfiguration``, so that schemas and values from outside are safe.
public struct JSONSchema: Sendable {
    /// The limits and choices it was compiled with.
    public let configuration: JSONSchemaConfiguration
    private let graph: SchemaGraph
    private let root: Int
    private let direct: DirectSchema?

    /// Compiles a schema.
    ///
    /// - Parameters:
    ///   - schema: An object, or true or false.
    ///   - resources: Other schemas that references may lead to, by absolute URI.
    ///   - configuration: Limits and choices.
    /// - Throws: ``JSONSchemaError`` with the place: a keyword with a wrong value, a reference that leads nowhere or in a circle, a pattern that is
    ///   refused, a dialect or vocabulary that is not built in, or a limit passed.
    public init(
        _ schema: JSONValue, resources: [String: JSONValue] = [:], configuration: JSONSchemaConfiguration = .default
    ) throws(JSONSchemaError) {
        self.init(try SchemaCompiler.compile(schema, resources: resources, configuration: configuration), root: 0, configuration)
    }

    private init(_ graph: SchemaGraph, root: Int, _ configuration: JSONSchemaConfiguration) {
        self.graph = graph
        self.root = root
        self.configuration = configuration
        direct = DirectSchema(graph, root: root, configuration)
    }

    /// The formats that are checked when the configuration asserts `format`.
    public static let assertedFormats = StringFormat.allCases.map(\.rawValue)

    /// The subschema at a JSON pointer, such as `/$defs/Tool`, as a schema of its own that shares what is compiled; nil if there is none there.
    public func subschema(at pointer: String) -> JSONSchema? {
        graph.pointers[pointer].map { JSONSchema(graph, root: $0, configuration) }
    }

    // MARK: Validating

    /// What is wrong with a value; empty if it is valid.
    ///
    /// At most ``JSONSchemaConfiguration/maximumViolations`` are reported. A validation that reaches a limit ends with a violation that says so
    /// (``JSONSchemaViolation/isLimit``): the value counts as invalid then.
    public func validate(_ value: JSONValue) -> [JSONSchemaViolation] {
        if isValid(value) { return [] }
        var evaluation = evaluation(report: SchemaReport(limit: max(configuration.maximumViolations, 1)))
        _ = evaluation.evaluate(root, value)
        return evaluation.violations(under: configuration, at: graph.nodes[root].location)
    }

    /// What is wrong with a value; empty if it is valid.
    ///
    /// Plain schemas (types, bounds, patterns, properties) are checked on the bytes themselves; the value is only read into a tree where that does
    /// not decide, which includes every invalid value.
    public func validate(_ raw: RawJSON) -> [JSONSchemaViolation] {
        if accepts(raw) { return [] }
        return validate(raw.value())
    }

    /// Whether a value is valid. Stops at the first thing that is wrong; false where a limit is reached.
    public func isValid(_ value: JSONValue) -> Bool {
        var evaluation = evaluation(report: nil)
        return evaluation.evaluate(root, value)
    }

    /// Whether a value is valid. Stops at the first thing that is wrong; false where a limit is reached.
    public func isValid(_ raw: RawJSON) -> Bool { accepts(raw) || isValid(raw.value()) }

    /// Whether plain schemas are checked on the bytes, without a tree.
    package var isDirect: Bool { direct != nil }

    private func accepts(_ raw: RawJSON) -> Bool { direct?.accepts(raw) ?? false }

    private func evaluation(report: SchemaReport?) -> SchemaEvaluation {
        SchemaEvaluation(
            graph, maximumSteps: configuration.maximumSteps, maximumRecursion: configuration.maximumRecursion, report: report)
    }
}

extension SchemaEvaluation {
    /// What was found, ending with the limit if one was reached.
    func violations(under configuration: JSONSchemaConfiguration, at location: String) -> [JSONSchemaViolation] {
        let found = report?.violations ?? []
        let message =
            switch stop {
            case nil: found.isEmpty ? "the value does not fit the schema" : ""
            case .steps: "validation was given up after \(configuration.maximumSteps) steps; send a smaller value"
            case .recursion:
                "validation was given up \(configuration.maximumRecursion) schemas deep; send a value that is nested less deeply"
            }
        if message.isEmpty { return found }
        return found.prefix(max(configuration.maximumViolations, 1) - 1)
            + [JSONSchemaViolation(instancePath: "", keyword: "", schemaLocation: location, message: message)]
    }
}
