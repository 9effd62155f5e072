import InterlockAuthorization
import InterlockTransport
import Testing

@Suite("Scopes")
struct ScopeTests {
    @Test("inclusion is transitive, and cycles and wildcards are refused")
    func hierarchy() throws {
        let hierarchy = try ScopeHierarchy(["admin": ["write", "audit"], "write": ["read"]])
        #expect(hierarchy.expanding(["admin"]) == ["admin", "write", "audit", "read"])
        #expect(hierarchy.expanding(["write", "x"]) == ["write", "read", "x"])
        #expect(hierarchy.expanding([]) == [])
        let wrong: [[String: Set<String>]] = [["a": ["a"]], ["a": ["b"], "b": ["a"]], ["a": ["b"], "b": ["c"], "c": ["a"]], ["a": ["b*"]], ["*": ["a"]], ["a b": []], ["a": ["\""]], ["": []]]
        for includes in wrong { #expect(throws: AuthorizationError.self) { try ScopeHierarchy(includes) } }
    }

    @Test("a runtime is told what a caller lacks for a method and a tool")
    func policy() throws {
        let policy = try ScopePolicy(
            server: ["mcp"], methods: ["tools/call": ["call"]], tools: ["transfer": ["write"]], hierarchy: try ScopeHierarchy(["all": ["mcp", "call", "write"]]))
        func missing(_ method: String?, _ name: String?, _ scopes: Set<String>?) -> Set<String>? {
            policy.missingScopes(method: method, name: name, principal: scopes.map { Principal(subject: "a", scopes: $0) })
        }
        #expect(missing(nil, nil, nil) == ["mcp"])
        #expect(missing("ping", nil, ["mcp"]) == nil)
        #expect(missing("tools/call", "transfer", ["mcp"]) == ["call", "write"])
        #expect(missing("tools/call", "other", ["mcp", "call"]) == nil)
        #expect(missing("tools/call", "transfer", ["all"]) == nil)
        #expect(missing("prompts/get", "transfer", ["mcp"]) == nil)
        #expect(policy.requiredScopes(method: "tools/call", name: "transfer") == ["mcp", "call", "write"])
        #expect(policy.allScopes == ["mcp", "call", "write"])
        #expect(ScopePolicy.open.missingScopes(method: "tools/call", name: "x", principal: nil) == nil)
        #expect(throws: AuthorizationError.self) { try ScopePolicy(tools: ["x": ["a b"]]) }
    }
}
