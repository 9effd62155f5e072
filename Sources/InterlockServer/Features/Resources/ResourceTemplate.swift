public import InterlockProtocol

/// A family of resources by URI template (RFC 6570): `docs://{id}`.
public struct ResourceTemplate: Feature {
    /// The wire shape: what `resources/templates/list` shows.
    public var definition: ResourceTemplateDefinition
    let template: URITemplate?
    var read: @Sendable ([String: String], HandlerContext) async throws -> [ResourceContents]
    var completions: [String: CompletionSource] = [:]

    /// - Parameter read: gets the template's variables, decoded; throws `ProtocolError.resourceNotFound` for what is not there.
    public init(
        _ uriTemplate: String, name: String, title: String? = nil, description: String? = nil, mimeType: String? = nil,
        contents read: @escaping @Sendable ([String: String], HandlerContext) async throws -> [ResourceContents]
    ) {
        self.definition = ResourceTemplateDefinition(uriTemplate: uriTemplate, name: name, title: title, description: description, mimeType: mimeType)
        self.template = try? URITemplate(uriTemplate) // a malformed template is reported by `register`
        self.read = read
    }

    /// Suggests values for one of the template's variables (`completion/complete`).
    public func completing(_ variable: String, with source: @escaping CompletionSource) -> ResourceTemplate {
        var template = self
        template.completions[variable] = source
        return template
    }

    public func register(in features: inout FeatureSet) throws {
        guard template != nil else {
            throw FeatureError(feature: "resource template '\(definition.uriTemplate)'", message: "this is no URI template of RFC 6570")
        }
        try features.add(self)
    }
}
