import InterlockAuthorization
import InterlockJSON
import Testing

@Suite("Protected resource metadata")
struct MetadataTests {
    @Test("the document says what clients need, at the endpoint's path and at the root")
    func document() throws {
        let resource = try ResourceURI("https://mcp.example/v1/mcp")
        let metadata = try ProtectedResourceMetadata(
            resource: resource, authorizationServers: ["https://issuer.example/tenant"], scopesSupported: ["write", "read"], resourceName: "Ledger \"1\"")
        #expect(resource.metadataURI == "https://mcp.example/.well-known/oauth-protected-resource/v1/mcp")
        #expect(metadata.documents.map(\.path) == ["/.well-known/oauth-protected-resource/v1/mcp", "/.well-known/oauth-protected-resource"])
        let json = try RawJSON(metadata.json).value()
        #expect(
            json == [
                "resource": "https://mcp.example/v1/mcp", "authorization_servers": ["https://issuer.example/tenant"], "scopes_supported": ["read", "write"],
                "bearer_methods_supported": ["header"], "resource_name": "Ledger \"1\"",
            ])
        #expect(try ProtectedResourceMetadata(resource: ResourceURI("https://mcp.example"), authorizationServers: ["https://a.example"]).documents.count == 1)
    }

    @Test("a resource is spelt canonically", arguments: [
        ("https://mcp.example/mcp", true), ("https://mcp.example", true), ("https://mcp.example:8443/mcp", true), ("http://127.0.0.1:8080/mcp", true),
        ("http://localhost:1/mcp", true), ("http://[::1]:1/mcp", true), ("https://mcp.example/mcp#a", false), ("https://mcp.example/mcp?a=b", false),
        ("https://mcp.example/mcp/", false), ("https://MCP.example/mcp", false), ("HTTPS://mcp.example/mcp", false), ("https://mcp.example:443/mcp", false),
        ("http://mcp.example/mcp", false), ("https://mcp.example/a/../mcp", false), ("https://mcp.example/a b", false), ("https://a@mcp.example/", false), ("mcp.example", false),
        ("https://mcp.example/\"", false), ("https://mcp.example:0/", false), ("https://mcp.example:99999/", false), ("https://[::1/", false), ("", false),
    ])
    func resources(text: String, isGood: Bool) {
        if isGood { #expect(throws: Never.self) { try ResourceURI(text) } } else { #expect(throws: AuthorizationError.self) { try ResourceURI(text) } }
    }

    @Test("metadata that no client could use is not made")
    func misuse() throws {
        let resource = try ResourceURI("https://mcp.example/mcp")
        #expect(throws: AuthorizationError.self) { try ProtectedResourceMetadata(resource: resource, authorizationServers: []) }
        #expect(throws: AuthorizationError.self) { try ProtectedResourceMetadata(resource: resource, authorizationServers: ["http://issuer.example"]) }
        #expect(throws: AuthorizationError.self) { try ProtectedResourceMetadata(resource: resource, authorizationServers: ["https://issuer.example?x"]) }
        #expect(throws: AuthorizationError.self) {
            try ProtectedResourceMetadata(resource: resource, authorizationServers: ["https://issuer.example"], scopesSupported: ["offline_access"])
        }
    }
}
