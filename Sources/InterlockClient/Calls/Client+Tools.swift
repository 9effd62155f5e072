public import InterlockJSON
public import InterlockProtocol
internal import Logging
import Synchronization

extension Client {
    /// Calls a tool. What the tool itself failed at is a result with `isError`, not an error.
    ///
    /// - Parameters:
    ///   - arguments: an object; none counts as `{}`.
    ///   - options: the time limit, and who hears of progress.
    public func callTool(_ name: String, arguments: RawJSON? = nil, options: RequestOptions = RequestOptions()) async throws -> CallToolResult {
        do {
            return try await callToolRounds(name, arguments: arguments, options: options)
        } catch let error as ProtocolError where error.code == .headerMismatch {
            // The tool's schema has changed which arguments are mirrored into header fields: learn it and try once more.
            _ = try await listTools()
            return try await callToolRounds(name, arguments: arguments, options: options)
        }
    }

    /// Calls a tool with arguments of a type of the caller's. See ``callTool(_:arguments:options:)``.
    public func callTool(_ name: String, encoding arguments: some Encodable, options: RequestOptions = RequestOptions()) async throws -> CallToolResult {
        try await callTool(name, arguments: try RawJSON(encoding: arguments), options: options)
    }

    /// Calls a tool with a time limit. See ``callTool(_:arguments:options:)``.
    public func callTool(
        _ name: String, arguments: RawJSON? = nil, timeout: Duration, onProgress: (@Sendable (ProgressParams) -> Void)? = nil
    ) async throws -> CallToolResult {
        try await callTool(name, arguments: arguments, options: RequestOptions(timeout: timeout, onProgress: onProgress))
    }

    /// Sends one round of a tool call and returns whatever the server answered, requests for input and results of
    /// extensions included: for callers that fulfil those themselves and retry with `inputResponses` and `requestState`.
    public func callToolOnce(_ params: CallToolParams, options: RequestOptions = RequestOptions()) async throws -> ResultOutcome<CallToolResult> {
        var params = params
        let raw = try await perform(
            Method.toolsCall, options: options.adding(params.meta), name: params.name, mirrored: try mirroredFields(params.name, params.arguments)
        ) { meta in
            params.meta = meta
            return params
        }
        return try outcome(raw, of: Method.toolsCall)
    }

    private func callToolRounds(_ name: String, arguments: RawJSON?, options: RequestOptions) async throws -> CallToolResult {
        try await rounds(Method.toolsCall, options: options, name: name, mirrored: try mirroredFields(name, arguments)) { meta, responses, requestState in
            CallToolParams(name: name, arguments: arguments, inputResponses: responses, requestState: requestState, meta: meta)
        }
    }

    /// The header fields that mirror arguments, as far as the tool's schema is known from a list.
    private func mirroredFields(_ name: String, _ arguments: RawJSON?) throws(ProtocolError) -> [(name: String, value: String)] {
        try state.withLock { $0.mirrored[name] }?.fields(for: arguments) ?? []
    }

    /// Every tool, all pages of the list.
    ///
    /// Tools of a modern server whose `x-mcp-header` annotations break the rules are left out with a warning.
    public func listTools(options: RequestOptions = RequestOptions()) async throws -> [ToolDefinition] {
        try await pages(Method.toolsList) { cursor in
            let page = try await listTools(cursor: cursor, options: options)
            return (page.tools, page.nextCursor)
        }
    }

    /// One page of the list of tools. The empty string is a cursor like any other; `nil` is the first page.
    public func listTools(cursor: String?, options: RequestOptions = RequestOptions()) async throws -> ListToolsResult {
        var page: ListToolsResult = try await page(Method.toolsList, cursor: cursor, options: options)
        guard try wire().revision.hasRoutingHeaders else { return page }
        var mirrored: [String: HeaderParameters] = [:]
        page.tools.removeAll { tool in
            do throws(HeaderParameters.InvalidSchema) {
                mirrored[tool.name] = try HeaderParameters(schema: tool.inputSchema)
                return false
            } catch {
                logger.warning("a tool was left out: its header annotations are invalid", metadata: ["tool": "\(tool.name)", "error": "\(error)"])
                return true
            }
        }
        state.withLock { state in
            for (name, parameters) in mirrored { state.mirrored[name] = parameters.isEmpty ? nil : parameters }
        }
        return page
    }
}

extension RequestOptions {
    /// The same options with further metadata.
    func adding(_ meta: Meta?) -> RequestOptions {
        guard let meta else { return self }
        var options = self
        options.meta = self.meta.map { Meta(JSONObject(Array(meta.object) + Array($0.object))) } ?? meta
        return options
    }
}
