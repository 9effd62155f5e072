import InterlockJSON
import InterlockProtocol

extension Server {
    func listPrompts(_ request: IncomingRequest) throws(ProtocolError) {
        try list(request, \.prompts, offered: capabilities(for: request.caller).prompts != nil) { page, cursor in
            ListPromptsResult(prompts: page.map(\.definition), nextCursor: cursor)
        }
    }

    func getPrompt(_ request: IncomingRequest) throws(ProtocolError) {
        guard capabilities(for: request.caller).prompts != nil else { throw .methodNotFound(request.method) }
        let params = try GetPromptParams(decoding: request.params.raw)
        guard let prompt = features(for: request.caller.principal).features.prompts[params.name] else { throw .unknownPrompt(params.name) }
        var arguments: [String: String] = [:]
        for (name, value) in params.arguments ?? [:] { arguments[name] = value }
        let missing = (prompt.definition.arguments ?? []).filter { $0.required == true && arguments[$0.name] == nil }.map(\.name)
        guard missing.isEmpty else {
            throw .invalidParams("prompt '\(params.name)' needs the arguments: \(missing.joined(separator: ", "))")
        }
        let inputs = try MultiRoundTrip(server: self).rounds(of: request, inputResponses: params.inputResponses, requestState: params.requestState)
        let filled = arguments
        start(ActiveCall(request, server: self, name: params.name), name: params.name, inline: false, claiming: inputs.claim) { call in
            await self.runHandler(call, name: params.name, inputs: inputs) { context in try await prompt.get(filled, context) }
        }
    }
}
