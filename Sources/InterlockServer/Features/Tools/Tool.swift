public import InterlockJSON
public import InterlockProtocol

/// A function a model can call, and the safety it declares.
///
/// ```swift
/// Tool("transfer", "Move money between accounts") { (input: Transfer, context) in … }
///     .exclusive { [$0.from, $0.to] }
///     .timeout(.seconds(10))
/// ```
///
/// The handler runs once per call, concurrently with other calls unless a policy says otherwise. Its task is cancelled when
/// the client cancels, disconnects (2026-07-28 over HTTP), or the timeout passes; it should then return soon.
public struct Tool<Input: Sendable>: Feature {
    /// The wire shape: what `tools/list` shows.
    public var definition: ToolDefinition
    var policies: ToolPolicies
    var decode: @Sendable (RawJSON) throws -> Input
    var exclusiveKeys: (@Sendable (Input) -> [String])?
    var idempotencyKey: (@Sendable (Input) -> String?)?
    var handler: @Sendable (Input, HandlerContext) async throws -> CallToolResult

    /// A tool whose arguments are a Swift type.
    public init<Output: ToolOutput>(
        _ name: String, _ description: String? = nil, title: String? = nil, annotations: ToolAnnotations? = nil,
        _ handler: @escaping @Sendable (Input, HandlerContext) async throws -> Output
    ) where Input: ToolInput {
        self.definition = ToolDefinition(
            name: name, title: title, description: description, inputSchema: Input.inputSchema,
            outputSchema: Output.outputSchema, annotations: annotations)
        self.policies = ToolPolicies()
        self.decode = { try Input(arguments: $0) }
        self.handler = { try await handler($0, $1).toolResult() }
    }

    /// A tool that takes no arguments.
    public init<Output: ToolOutput>(
        _ name: String, _ description: String? = nil, title: String? = nil, annotations: ToolAnnotations? = nil,
        _ handler: @escaping @Sendable (HandlerContext) async throws -> Output
    ) where Input == NoInput {
        self.init(name, description, title: title, annotations: annotations) { (_: NoInput, context) in try await handler(context) }
    }

    /// A tool with a JSON Schema of its own, whose arguments arrive as raw JSON (an empty object when the client sends none).
    public init<Output: ToolOutput>(
        _ name: String, _ description: String? = nil, title: String? = nil, inputSchema: RawJSON, outputSchema: RawJSON? = nil,
        annotations: ToolAnnotations? = nil, _ handler: @escaping @Sendable (RawJSON, HandlerContext) async throws -> Output
    ) where Input == RawJSON {
        self.definition = ToolDefinition(
            name: name, title: title, description: description, inputSchema: inputSchema,
            outputSchema: outputSchema ?? Output.outputSchema, annotations: annotations)
        self.policies = ToolPolicies()
        self.decode = { $0 }
        self.handler = { try await handler($0, $1).toolResult() }
    }

    public func register(in features: inout FeatureSet) throws {
        var tool = self
        features.toolPolicies[definition.name]?.apply(to: &tool.policies)
        try features.add(RegisteredTool(tool, clock: features.clock))
    }
}
