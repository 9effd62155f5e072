public import InterlockProtocol

extension Client {
    /// Every prompt, all pages of the list.
    public func listPrompts(options: RequestOptions = RequestOptions()) async throws -> [PromptDefinition] {
        try await pages(Method.promptsList) { cursor in
            let page = try await listPrompts(cursor: cursor, options: options)
            return (page.prompts, page.nextCursor)
        }
    }

    /// One page of the list of prompts.
    public func listPrompts(cursor: String?, options: RequestOptions = RequestOptions()) async throws -> ListPromptsResult {
        try await page(Method.promptsList, cursor: cursor, options: options)
    }

    /// Gets a prompt, filled with the arguments.
    public func getPrompt(
        _ name: String, arguments: OrderedMap<String>? = nil, options: RequestOptions = RequestOptions()
    ) async throws -> GetPromptResult {
        try await rounds(Method.promptsGet, options: options, name: name) { meta, responses, requestState in
            GetPromptParams(name: name, arguments: arguments, inputResponses: responses, requestState: requestState, meta: meta)
        }
    }

    /// Sends one round of getting a prompt and returns whatever the server answered. See ``callToolOnce(_:options:)``.
    public func getPromptOnce(_ params: GetPromptParams, options: RequestOptions = RequestOptions()) async throws -> ResultOutcome<GetPromptResult> {
        var params = params
        let raw = try await perform(Method.promptsGet, options: options.adding(params.meta), name: params.name) { meta in
            params.meta = meta
            return params
        }
        return try outcome(raw, of: Method.promptsGet)
    }

    /// Asks for values of an argument that is being typed.
    public func complete(
        _ reference: CompletionReference, argument name: String, value: String, settled: OrderedMap<String>? = nil,
        options: RequestOptions = RequestOptions()
    ) async throws -> CompleteResult {
        try await call(Method.complete, options: options) { meta in
            CompleteParams(ref: reference, argument: CompleteParams.Argument(name: name, value: value), contextArguments: settled, meta: meta)
        }
    }
}
