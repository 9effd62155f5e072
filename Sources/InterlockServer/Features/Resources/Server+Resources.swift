import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension Server {
    private func offersResources(_ request: IncomingRequest) -> Bool {
        capabilities(for: request.caller).resources != nil
    }

    func listResources(_ request: IncomingRequest) throws(ProtocolError) {
        try list(request, \.resources, offered: offersResources(request)) { page, cursor in
            ListResourcesResult(resources: page.map(\.definition), nextCursor: cursor)
        }
    }

    func listResourceTemplates(_ request: IncomingRequest) throws(ProtocolError) {
        try list(request, \.templates, offered: offersResources(request)) { page, cursor in
            ListResourceTemplatesResult(resourceTemplates: page.map(\.definition), nextCursor: cursor)
        }
    }

    func readResource(_ request: IncomingRequest) throws(ProtocolError) {
        guard offersResources(request) else { throw .methodNotFound(request.method) }
        let params = try ReadResourceParams(decoding: request.params.raw)
        guard let read = reader(of: params.uri, for: request.caller.principal) else { throw .resourceNotFound(uri: params.uri, revision: request.caller.revision) }
        let inputs = try MultiRoundTrip(server: self).rounds(of: request, inputResponses: params.inputResponses, requestState: params.requestState)
        let hint = CacheHint(ttlMs: 0, scope: .private)
        start(ActiveCall(request, server: self, name: params.uri), name: params.uri, inline: false, claiming: inputs.claim) { call in
            await self.runHandler(call, name: params.uri, inputs: inputs, cacheHint: hint) { context in
                let contents = try await read(context)
                guard !contents.isEmpty else { throw ProtocolError.resourceNotFound(uri: params.uri, revision: call.request.caller.revision) }
                return ReadResourceResult(contents: contents)
            }
        }
    }

    /// What reads a URI: the resource of that name, else the first template that matches.
    private func reader(of uri: String, for principal: Principal?) -> (@Sendable (HandlerContext) async throws -> [ResourceContents])? {
        guard showsResource(uri, to: principal) else { return nil }
        let set = features(for: principal).features
        if let resource = set.resources[uri] { return resource.read }
        for (_, template) in set.templates.ordered {
            guard let variables = template.template?.match(uri) else { continue }
            return { context in try await template.read(variables, context) }
        }
        return nil
    }

    // MARK: Subscriptions of the legacy revisions

    func subscribe(_ request: IncomingRequest, _ isOn: Bool) throws(ProtocolError) {
        guard offersResources(request), let session = request.caller.session else { throw .methodNotFound(request.method) }
        let uri = try ResourceParams(decoding: request.params.raw).uri
        if isOn, reader(of: uri, for: request.caller.principal) == nil { throw .resourceNotFound(uri: uri, revision: request.caller.revision) }
        let isFull = session.with { state in
            if !isOn {
                if state.subscriptions.remove(uri) == nil { state.record.withdraws(uri) }
                return false
            }
            if state.subscriptions.count >= Self.maximumSubscribedResources { return true }
            state.subscriptions.insert(uri)
            return false
        }
        if isFull { throw .invalidParams("this session is subscribed to \(Self.maximumSubscribedResources) resources already; unsubscribe from some") }
        remember(session)
        finish(request, EmptyResult())
    }

    /// Resources one session or subscription stream may watch.
    static let maximumSubscribedResources = 1_000
}
