import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension Server {
    /// What the server offers to a client of one revision: what has features, or may get some while it runs.
    func capabilities(for revision: ProtocolRevision) -> ServerCapabilities {
        let set = features.features
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
            supportedVersions: ProtocolRevision.allCases.reversed().map(\.rawValue), capabilities: capabilities(for: request.caller.revision),
            instructions: configuration.instructions)
        finish(request, result, cacheHint: listCacheHint)
    }
}
