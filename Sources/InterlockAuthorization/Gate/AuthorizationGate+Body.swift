public import InterlockTransport

extension AuthorizationGate {
    /// What a caller lacks for a request whose method and name were read from its body: a message, and the challenge that names all it takes.
    ///
    /// The gate judges by the head, which revisions before 2026-07-28 do not compare with the body: a runtime asks again with what the body says.
    /// `nil` when nothing is missing.
    public func challenge(_ principal: Principal?, method: String, name: String?) -> (message: String, challenge: String)? {
        guard configuration.policy.missingScopes(method: method, name: name, principal: principal) != nil else { return nil }
        let needed = configuration.policy.requiredScopes(method: method, name: name)
        let response = refusals.insufficient(needed: needed)
        return (
            "This request needs more than the credential allows: it needs the scopes \(ScopeName.list(needed))",
            response.headers.first { $0.name == "www-authenticate" }?.value ?? "Bearer"
        )
    }
}
