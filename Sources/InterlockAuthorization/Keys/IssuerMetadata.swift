import InterlockJSON

/// Where an issuer says that its keys are: its metadata (RFC 8414; OpenID Connect Discovery 1.0).
struct IssuerMetadata: Sendable {
    /// The identifier, byte by byte as tokens have it; the metadata must repeat it.
    let issuer: String
    /// Where its metadata may be, in the order in which they are asked (MCP 2025-11-25, Authorization › Authorization Server Metadata Discovery).
    let addresses: [FetchAddress]
    private let insecureHosts: Set<String>

    /// - Throws: ``AuthorizationError`` if the identifier is no URI that could be asked, or has a query or a fragment (RFC 8414 §2).
    init(of issuer: String, insecureHosts: Set<String>) throws(AuthorizationError) {
        let address = try FetchAddress(issuer, for: "the issuer, whose keys are to be found in its metadata,", insecureHosts: insecureHosts).address
        guard address.query == nil, address.fragment == nil else {
            throw AuthorizationError(
                .invalidAddress, "the issuer \(issuer.debugDescription) has a query or a fragment; name the address of its keys (\"jwks\")")
        }
        let (origin, path) = (address.origin, address.trimmedPath)
        var texts = ["\(origin)/.well-known/oauth-authorization-server\(path)", "\(origin)/.well-known/openid-configuration\(path)"]
        if !path.isEmpty { texts.append("\(origin)\(path)/.well-known/openid-configuration") }
        var addresses: [FetchAddress] = []
        for text in texts { addresses.append(try FetchAddress(text, for: "the address of an issuer's metadata", insecureHosts: insecureHosts)) }
        self.issuer = issuer
        self.addresses = addresses
        self.insecureHosts = insecureHosts
    }

    /// The address of the keys that a document names.
    ///
    /// - Throws: ``AuthorizationError`` if it is no metadata of this issuer: what another issuer says of its keys says nothing of this one's.
    func keys(in body: [UInt8], maximumBytes: Int) throws(AuthorizationError) -> FetchAddress {
        let document: RawJSON
        do throws(StrictJSON.Failure) {
            document = try StrictJSON.object(body, maximumBytes: maximumBytes)
        } catch {
            throw AuthorizationError(.invalidAnswer, "the issuer's metadata is no JSON object, or has a member twice")
        }
        guard let named = document["issuer"]?.string, named.utf8.elementsEqual(issuer.utf8) else {
            throw AuthorizationError(
                .invalidAnswer, "the metadata found for \(issuer) does not name it as its issuer; the configured issuer must be the same, byte by byte")
        }
        guard let address = document["jwks_uri"]?.string else {
            throw AuthorizationError(.invalidAnswer, "the metadata of \(issuer) has no jwks_uri; name the address of its keys (\"jwks\")")
        }
        return try FetchAddress(address, for: "the jwks_uri of \(issuer)", insecureHosts: insecureHosts)
    }
}
