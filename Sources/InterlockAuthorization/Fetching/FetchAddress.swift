/// The URI of an authorization server, checked: encrypted, on this machine, or allowed by name.
struct FetchAddress: Sendable, Hashable {
    let text: String
    let address: WebAddress

    init(_ text: String, for purpose: String, insecureHosts: Set<String>) throws(AuthorizationError) {
        let address = try WebAddress(text, for: purpose)
        guard address.isSecure || address.isLoopback || insecureHosts.contains(address.host) else {
            throw AuthorizationError(
                .invalidAddress, "\(purpose) must begin with https://, be on this machine, or have its host \(address.host) listed among the insecure hosts")
        }
        self.text = text
        self.address = address
    }
}
