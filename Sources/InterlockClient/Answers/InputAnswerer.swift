internal import InterlockJSON
internal import InterlockProtocol

/// Answers what a server asks of the client, in either era, by the handlers.
struct InputAnswerer: Sendable {
    let handlers: ClientHandlers

    /// The answer of the handler. Throws ``ProtocolError`` as a legacy server is to receive it, or what the handler threw.
    func answer(_ request: InputRequest) async throws -> InputResponse {
        switch request {
        case .sampling(let params): .sampling(try await sample(params))
        case .elicitation(let params): .elicitation(try await elicit(params))
        case .roots: .roots(ListRootsResult(roots: try await roots()))
        }
    }

    /// What a legacy server is told of a failure: its own words are for it, everything else stays here.
    static func protocolError(_ error: any Error) -> ProtocolError {
        switch error {
        case let error as ProtocolError: error
        case is SamplingRejected: ProtocolError(code: .userRejected, message: "User rejected sampling request")
        default: .internalError("The client could not answer the request")
        }
    }

    private func sample(_ params: CreateMessageParams) async throws -> CreateMessageResult {
        guard let handler = handlers.sampling else { throw ProtocolError.methodNotFound(Method.samplingCreateMessage) }
        if !handlers.samplesWithTools, params.tools != nil || params.toolChoice != nil {
            throw ProtocolError.invalidParams("params.tools: this client did not declare sampling.tools")
        }
        try params.validateToolMessages()
        return try await handler(params)
    }

    private func elicit(_ params: ElicitParams) async throws -> ElicitResult {
        if handlers.elicitForm == nil, handlers.elicitURL == nil { throw ProtocolError.methodNotFound(Method.elicitationCreate) }
        switch params.mode {
        case .form(let schema):
            guard let handler = handlers.elicitForm else { throw ProtocolError.invalidParams("params.mode: this client did not declare form elicitation") }
            var result = try await handler(params)
            guard result.action == .accept else {
                result.content = nil
                return result
            }
            let content = schema.applyingDefaults(to: result.content ?? [:])
            let problems = schema.problems(with: content)
            guard problems.isEmpty else {
                throw ClientError(.inputFailed, "the elicitation handler's answer does not fit the form: \(problems.joined(separator: "; "))")
            }
            result.content = content
            return result
        case .url:
            guard let handler = handlers.elicitURL else { throw ProtocolError.invalidParams("params.mode: this client did not declare URL elicitation") }
            var result = try await handler(params)
            result.content = nil
            return result
        }
    }

    private func roots() async throws -> [Root] {
        guard let handler = handlers.roots else { throw ProtocolError.methodNotFound(Method.rootsList) }
        return try await handler()
    }
}
