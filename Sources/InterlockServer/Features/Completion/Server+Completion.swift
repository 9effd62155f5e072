import InterlockJSON
import InterlockProtocol

extension Server {
    /// `completion/complete`: suggestions for an argument of a prompt or a variable of a template.
    func complete(_ request: IncomingRequest) throws(ProtocolError) {
        guard capabilities(for: request.caller).completions != nil else { throw .methodNotFound(request.method) }
        let params = try CompleteParams(decoding: request.params.raw)
        let source = try completionSource(params, features(for: request.caller.principal).features)
        var chosen: [String: String] = [:]
        for (name, value) in params.contextArguments ?? [:] { chosen[name] = value }
        let arguments = chosen
        start(ActiveCall(request, server: self, name: params.argument.name), name: params.argument.name, inline: false, claiming: nil) { call in
            await self.runHandler(call, name: params.argument.name, inputs: InputRounds()) { _ in
                let values = try await source?(params.argument.value, arguments) ?? []
                let limit = CompleteResult.maximumValues
                return CompleteResult(values: Array(values.prefix(limit)), total: values.count, hasMore: values.count > limit)
            }
        }
    }

    /// Where suggestions come from; `nil` for an argument that has none. An unknown prompt or template is an error.
    private func completionSource(_ params: CompleteParams, _ set: FeatureSet) throws(ProtocolError) -> CompletionSource? {
        switch params.ref {
        case .prompt(let name, _):
            guard let prompt = set.prompts[name] else { throw .unknownPrompt(name) }
            return prompt.completions[params.argument.name]
        case .resource(let uri):
            if let template = set.templates[uri] { return template.completions[params.argument.name] }
            guard set.resources[uri] != nil else { throw .invalidParams("params.ref.uri: there is no resource template '\(uri)'") }
            return nil
        }
    }
}
