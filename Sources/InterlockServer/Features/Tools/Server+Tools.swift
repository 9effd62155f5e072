import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension Server {
    /// `tools/call`: finds the tool, validates its arguments, then runs it under its policies.
    func callTool(_ call: ActiveCall) {
        let request = call.request
        do throws(ProtocolError) {
            let params = try request.params.callTool()
            guard let tool = features(for: request.caller.principal).tool(named: params.name) else { throw .unknownTool(params.name) }
            if let parameters = tool.headerParameters, request.caller.revision.isModern, let headers = request.caller.context.headers {
                try parameters.verify(arguments: params.arguments) { headers.first($0) }
            }
            let inputs = try MultiRoundTrip(server: self).rounds(of: request, inputResponses: params.inputResponses, requestState: params.requestState)
            do throws(ToolError) {
                start(ToolCall(call, tool, try tool.prepare(params.arguments ?? .emptyObject), inputs))
            } catch {
                call.remember(tool, .toolError)
                call.refuse(ErrorMapping.toolResult(for: error, tool: tool.definition.name))
            }
        } catch {
            call.refuse(error)
        }
    }

    private func start(_ toolCall: ToolCall) {
        guard configuration.startsFastHandlersInline, toolCall.tool.startsInline else {
            start(toolCall.call, name: toolCall.tool.definition.name, inline: false, claiming: toolCall.inputs.claim) { call in
                let began = call.server.configuration.clock.now
                await toolCall.run()
                toolCall.tool.observe(nanoseconds: call.server.configuration.clock.now.nanoseconds - began.nanoseconds)
            }
            return
        }
        let began = configuration.clock.now
        start(toolCall.call, name: toolCall.tool.definition.name, inline: true, claiming: toolCall.inputs.claim) { _ in await toolCall.run() }
        toolCall.tool.observe(nanoseconds: configuration.clock.now.nanoseconds - began.nanoseconds)
    }

    func listTools(_ request: IncomingRequest) throws(ProtocolError) {
        try list(request, \.tools, offered: capabilities(for: request.caller).tools != nil) { page, cursor in
            ListToolsResult(tools: page.map(\.definition), nextCursor: cursor)
        }
    }
}
