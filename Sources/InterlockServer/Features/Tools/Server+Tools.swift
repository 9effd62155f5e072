import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Logging

extension Server {
    /// `tools/call`: finds the tool, validates its arguments, then runs it under its policies.
    func callTool(_ request: IncomingRequest) throws(ProtocolError) {
        let params = try CallToolParams(decoding: request.params)
        guard let tool = features.features.tools[params.name] else { throw .unknownTool(params.name) }
        if let parameters = tool.headerParameters, request.caller.revision.isModern, let headers = request.caller.context.headers {
            try parameters.verify(arguments: params.arguments) { headers.first($0) }
        }
        let inputs = try MultiRoundTrip(server: self).rounds(of: request, inputResponses: params.inputResponses, requestState: params.requestState)
        let call = ActiveCall(request, server: self)
        let prepared: PreparedCall
        do {
            prepared = try tool.prepare(params.arguments ?? .emptyObject)
        } catch {
            remember(call, tool, .toolError)
            return finish(request, ErrorMapping.toolResult(for: error, tool: tool.definition.name))
        }
        let inline = configuration.startsFastHandlersInline && tool.startsInline
        let clock = configuration.clock
        guard inline else {
            start(call, name: params.name, inline: false) { call in
                let began = clock.now
                await self.run(tool, prepared, call, inputs)
                tool.observe(nanoseconds: clock.now.nanoseconds - began.nanoseconds)
            }
            return
        }
        let began = clock.now
        start(call, name: params.name, inline: true) { call in await self.run(tool, prepared, call, inputs) }
        tool.observe(nanoseconds: clock.now.nanoseconds - began.nanoseconds)
    }

    private func run(_ tool: RegisteredTool, _ prepared: PreparedCall, _ call: ActiveCall, _ inputs: InputRounds) async {
        let name = tool.definition.name
        do {
            let result = try await ToolPolicyChain(server: self, tool: tool, call: call).run(prepared, inputs)
            try tool.checkOutput(result)
            remember(call, tool, result.isError ? .toolError : .succeeded)
            call.finish(result)
        } catch let error as AcquireError {
            remember(call, tool, error.code == .cancelled ? .cancelled : .refused)
            call.finish(Admission.busy(error, tool: name))
        } catch is CancellationError where call.cancellation != nil {
            remember(call, tool, .cancelled) // nothing is sent for a cancelled call
        } catch let error where error is InputRequired || error is ProtocolError {
            remember(call, tool, error is ProtocolError ? .protocolError : .succeeded)
            finish(call, name: name, inputs: inputs, failedWith: error)
        } catch {
            remember(call, tool, .toolError)
            if !(error is ToolError) {
                configuration.logger.error("a tool failed", metadata: ["tool": "\(name)", "error": "\(error)"])
            }
            call.finish(ErrorMapping.toolResult(for: error, tool: name))
        }
    }

    private func remember(_ call: ActiveCall, _ tool: RegisteredTool, _ outcome: SessionHistoryEntry.Outcome) {
        guard let session = call.request.caller.session else { return }
        let entry = SessionHistoryEntry(tool: tool.definition.name, at: configuration.clock.now, outcome: call.hasExpired ? .timedOut : outcome)
        session.with { $0.remember(entry) }
    }

    func listTools(_ request: IncomingRequest) throws(ProtocolError) {
        try list(request, features.features.tools, offered: capabilities(for: request.caller.revision).tools != nil) { page, cursor in
            ListToolsResult(tools: page.map(\.definition), nextCursor: cursor)
        }
    }
}
