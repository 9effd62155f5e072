import InterlockJSON

/// What tells a client where to get tokens for this server (RFC 9728).
public struct ProtectedResourceMetadata: Sendable, Hashable {
    /// Where such documents are, before the path of the resource.
    public static let wellKnownPath = "/.well-known/oauth-protected-resource"

    /// The server.
    public let resource: ResourceURI
    /// The issuers whose tokens it takes.
    public let authorizationServers: [String]
    /// The scopes a client may need.
    public let scopesSupported: [String]
    /// A name for people.
    public let resourceName: String?
    /// A page for developers.
    public let resourceDocumentation: String?

    /// Makes the metadata of a server.
    ///
    /// - Parameters:
    ///   - resource: The endpoint's URI.
    ///   - authorizationServers: Issuer identifiers, at least one, without query and fragment (RFC 8414 §2).
    ///   - scopesSupported: What a client should ask for. Not `offline_access`: whether a client may have refresh tokens is between it and the
    ///     authorization server.
    ///   - resourceName: A name for people.
    ///   - resourceDocumentation: The URI of a page for developers.
    ///   - insecureHosts: Hosts whose issuers may do without TLS, by name. Those on this machine always may.
    public init(
        resource: ResourceURI, authorizationServers: [String], scopesSupported: Set<String> = [], resourceName: String? = nil,
        resourceDocumentation: String? = nil, insecureHosts: Set<String> = []
    ) throws(AuthorizationError) {
        guard !authorizationServers.isEmpty else {
            throw AuthorizationError(.invalidMetadata, "protected resource metadata needs at least one authorization server: without one no client can get a token")
        }
        for server in authorizationServers {
            let address = try FetchAddress(server, for: "the authorization server \(server.debugDescription)", insecureHosts: insecureHosts).address
            guard address.query == nil, address.fragment == nil else {
                throw AuthorizationError(.invalidMetadata, "the authorization server \(server.debugDescription) must have neither a query nor a fragment")
            }
        }
        try ScopeName.check(scopesSupported, at: "scopes_supported")
        guard !scopesSupported.contains("offline_access") else {
            throw AuthorizationError(.invalidMetadata, "scopes_supported must not list offline_access: this server never asks for refresh tokens")
        }
        if let resourceDocumentation { _ = try WebAddress(resourceDocumentation, for: "resource_documentation") }
        self.resource = resource
        self.authorizationServers = authorizationServers
        self.scopesSupported = scopesSupported.sorted()
        self.resourceName = resourceName
        self.resourceDocumentation = resourceDocumentation
    }

    /// The document.
    public var json: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        writer.key("resource")
        writer.string(resource.text)
        writer.key("authorization_servers")
        writer.beginArray()
        for server in authorizationServers { writer.string(server) }
        writer.endArray()
        if !scopesSupported.isEmpty {
            writer.key("scopes_supported")
            writer.beginArray()
            for scope in scopesSupported { writer.string(scope) }
            writer.endArray()
        }
        writer.key("bearer_methods_supported")
        writer.beginArray()
        writer.string("header")
        writer.endArray()
        if let resourceName {
            writer.key("resource_name")
            writer.string(resourceName)
        }
        if let resourceDocumentation {
            writer.key("resource_documentation")
            writer.string(resourceDocumentation)
        }
        writer.endObject()
        return writer.finish()
    }

    /// The document at each path where clients look for it: the one of the endpoint's path first, then the root.
    public var documents: [WellKnownDocument] {
        let paths = resource.metadataPath == Self.wellKnownPath ? [Self.wellKnownPath] : [resource.metadataPath, Self.wellKnownPath]
        let body = json
        return paths.map { WellKnownDocument(path: $0, body: body) }
    }
}
