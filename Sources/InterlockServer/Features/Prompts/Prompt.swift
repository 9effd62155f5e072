public import InterlockProtocol

/// A prompt a user can pick, filled in with arguments.
public struct Prompt: Feature {
    /// The wire shape: what `prompts/list` shows.
    public var definition: PromptDefinition
    var get: @Sendable ([String: String], HandlerContext) async throws -> GetPromptResult
    var completions: [String: CompletionSource] = [:]

    /// - Parameter get: gets the arguments; required ones are there.
    public init(
        _ name: String, _ description: String? = nil, title: String? = nil, arguments: [PromptArgument] = [],
        _ get: @escaping @Sendable ([String: String], HandlerContext) async throws -> GetPromptResult
    ) {
        self.definition = PromptDefinition(name: name, title: title, description: description, arguments: arguments)
        self.get = get
    }

    /// Suggests values for one of the prompt's arguments (`completion/complete`).
    public func completing(_ argument: String, with source: @escaping CompletionSource) -> Prompt {
        var prompt = self
        prompt.completions[argument] = source
        return prompt
    }

    public func register(in features: inout FeatureSet) throws {
        try features.add(self)
    }
}

/// Suggests values for an argument: gets what the user has typed and the arguments already chosen; at most 100 values go out.
public typealias CompletionSource = @Sendable (_ prefix: String, _ chosen: [String: String]) async throws -> [String]
