import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension Server {
    /// What the server offers to a client: what has features, or may get some while it runs.
    func capabilities(for caller: Caller) -> ServerCapabilities { capabilities(of: features(for: caller.principal)) }

    func capabilities(of snapshot: FeatureSnapshot) -> ServerCapabilities {
        let set = snapshot.features
        var capabilities = ServerCapabilities(logging: [:])
        let dynamic = configuration.dynamicFeatures
        if !set.tools.isEmpty || dynamic.contains(.tools) { capabilities.tools = .init(listChanged: true) }
        if !set.resources.isEmpty || !set.templates.isEmpty || dynamic.contains(.resources) {
            capabilities.resources = .init(listChanged: true, subscribe: true)
        }
        if !set.prompts.isEmpty || dynamic.contains(.prompts) { capabilities.prompts = .init(listChanged: true) }
        if set.hasCompletions { capabilities.completions = [:] }
        return capabilities
    }

    func discover(_ request: IncomingRequest) {
        let result = DiscoverResult(
            supportedVersions: ProtocolRevision.allCases.reversed().map(\.rawValue), capabilities: capabilities(for: request.caller),
            instructions: configuration.instructions)
        finish(request, result, cacheHint: listCacheHint)
    }
}
