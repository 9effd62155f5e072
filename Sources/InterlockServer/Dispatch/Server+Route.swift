import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension Server {
    /// Looks up what a method does and does it: at once where it only reads, as a call where a handler runs.
    func route(_ request: consuming IncomingRequest) {
        if request.method == Method.toolsCall {
            return callTool(ActiveCall(request, server: self, name: observer == nil ? nil : toolName(of: request)))
        }
        guard let observer, !Self.runsHandler.contains(request.method) else { return serve(request) }
        let (operation, began) = (request.method, configuration.clock.now)
        serve(request)
        observer.answered(operation, .ok, since: began)
    }

    /// Methods whose answer a handler makes, which are observed as calls.
    private static let runsHandler: Set<String> = [Method.resourcesRead, Method.promptsGet, Method.complete, Method.subscriptionsListen]

    /// The tool a call is for; only names that are offered become labels.
    private func toolName(of request: IncomingRequest) -> String? {
        request.params.member("name")?.string.flatMap { features.tool(named: $0) == nil ? nil : $0 }
    }

    private func serve(_ request: IncomingRequest) {
        do throws(ProtocolError) {
            switch request.method {
            case Method.toolsList: try listTools(request)
            case Method.ping: finish(request, EmptyResult())
            case Method.discover: discover(request)
            case Method.resourcesRead: try readResource(request)
            case Method.resourcesList: try listResources(request)
            case Method.resourceTemplatesList: try listResourceTemplates(request)
            case Method.resourcesSubscribe: try subscribe(request, true)
            case Method.resourcesUnsubscribe: try subscribe(request, false)
            case Method.promptsGet: try getPrompt(request)
            case Method.promptsList: try listPrompts(request)
            case Method.complete: try complete(request)
            case Method.setLevel: try setLevel(request)
            case Method.subscriptionsListen: try listen(request)
            default: throw .methodNotFound(request.method)
            }
        } catch {
            request.stream.finish(ErrorMapping.response(to: request, error: error))
        }
    }

    /// Answers a request that was served on the spot.
    func finish(_ request: IncomingRequest, _ result: some WireResult, cacheHint: CacheHint? = nil) {
        var context = encodingContext(request.caller.revision)
        context.cacheHint = cacheHint
        request.stream.finish(OutboundResponse(body: JSONRPC.response(id: request.id, result: result, context: context)))
    }
}
