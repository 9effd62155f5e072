/// The name of this server as tokens have it in their audience: its canonical URI (RFC 8707 §2).
public struct ResourceURI: Sendable, Hashable, CustomStringConvertible {
    /// The URI: lower-case scheme and host, no default port, no fragment, no slash at its end.
    public let text: String
    let address: WebAddress

    /// Checks a URI.
    ///
    /// - Throws: ``AuthorizationError`` if it is not the canonical spelling, which the message then gives, since clients compare it
    ///   byte by byte; or if it is not encrypted and not on this machine.
    public init(_ text: String) throws(AuthorizationError) {
        let address = try WebAddress(text, for: "the resource")
        guard address.fragment == nil, address.query == nil else {
            throw AuthorizationError(.invalidAddress, "the resource must have neither a query nor a fragment: it names the endpoint, not a request to it")
        }
        let canonical = address.origin + address.trimmedPath
        guard canonical.utf8.elementsEqual(text.utf8) else {
            throw AuthorizationError(.invalidAddress, "the resource is not spelt canonically, and clients compare it byte by byte: write \(canonical)")
        }
        guard address.isSecure || address.isLoopback else {
            throw AuthorizationError(.invalidAddress, "the resource must begin with https:// unless it is on this machine: tokens for it would travel in the clear")
        }
        self.text = text
        self.address = address
    }

    /// Where the metadata about this resource is: the well-known path stands between host and path (RFC 9728 §3.1).
    public var metadataURI: String { address.origin + metadataPath }

    /// The path of ``metadataURI``.
    public var metadataPath: String { ProtectedResourceMetadata.wellKnownPath + address.path }

    public var description: String { text }
}
