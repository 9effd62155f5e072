public import InterlockProtocol

/// Something with a URI that a client can read.
public struct Resource: Feature {
    /// The wire shape: what `resources/list` shows.
    public var definition: ResourceDefinition
    var read: @Sendable (HandlerContext) async throws -> [ResourceContents]

    /// A resource with any number of contents.
    public init(
        _ uri: String, name: String, title: String? = nil, description: String? = nil, mimeType: String? = nil,
        contents read: @escaping @Sendable (HandlerContext) async throws -> [ResourceContents]
    ) {
        self.definition = ResourceDefinition(uri: uri, name: name, title: title, description: description, mimeType: mimeType)
        self.read = read
    }

    /// A resource that is one text.
    public init(
        _ uri: String, name: String, title: String? = nil, description: String? = nil, mimeType: String = "text/plain",
        text read: @escaping @Sendable (HandlerContext) async throws -> String
    ) {
        self.init(uri, name: name, title: title, description: description, mimeType: mimeType) { context in
            [.text(uri: uri, mimeType: mimeType, text: try await read(context))]
        }
    }

    public func register(in features: inout FeatureSet) throws {
        try features.add(self)
    }
}
