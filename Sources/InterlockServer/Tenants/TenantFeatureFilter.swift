/// Which features one tenant sees: pure, made of its policy.
///
/// What is filtered out does not exist for the tenant: lists leave it out, and a call of it is answered exactly as one
/// of a name that nobody registered.
public struct TenantFeatureFilter: Sendable, Hashable {
    private let tools: NameAllowance
    private let resources: NameAllowance
    private let prompts: NameAllowance

    /// Shows everything.
    public static let everything = TenantFeatureFilter(TenantPolicy())

    public init(_ policy: TenantPolicy) {
        tools = policy.tools
        resources = policy.resources
        prompts = policy.prompts
    }

    /// Whether nothing is filtered out, so that what all see can be used.
    public var showsEverything: Bool { tools.allowsAll && resources.allowsAll && prompts.allowsAll }

    public func showsTool(_ name: String) -> Bool { tools.allows(name) }
    public func showsResource(uri: String) -> Bool { resources.allows(uri) }
    public func showsPrompt(_ name: String) -> Bool { prompts.allows(name) }

    /// Whether a template is listed: when a URI made from it might be allowed, by what stands before its first variable.
    /// The URI itself is judged by ``showsResource(uri:)`` when it is read.
    public func showsTemplate(_ uriTemplate: String) -> Bool {
        let literal = uriTemplate.utf8.prefix { $0 != UInt8(ascii: "{") }
        return literal.count == uriTemplate.utf8.count ? resources.allows(uriTemplate) : resources.mayAllow(beginning: literal)
    }

    /// The features the tenant sees, in their order.
    func visible(_ features: FeatureSet) -> FeatureSet {
        if showsEverything { return features }
        var visible = FeatureSet(clock: features.clock)
        do {
            for (name, tool) in features.tools.ordered where showsTool(name) { try visible.add(tool) }
            for (uri, resource) in features.resources.ordered where showsResource(uri: uri) { try visible.add(resource) }
            for (name, template) in features.templates.ordered where showsTemplate(name) { try visible.add(template) }
            for (name, prompt) in features.prompts.ordered where showsPrompt(name) { try visible.add(prompt) }
        } catch {
            preconditionFailure("a name occurred twice among features that were unique: \(error)")
        }
        return visible
    }
}
