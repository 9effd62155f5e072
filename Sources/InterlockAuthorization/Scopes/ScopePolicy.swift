public import InterlockTransport
import InterlockProtocol

/// The scopes that a request needs: for the server, for its method, and for the tool it calls.
///
/// The gate applies it to what the head of a request says, which saves reading a body that will be refused. The head is
/// the client's word: revisions before 2026-07-28 do not compare it with the body, so the runtime must apply the same
/// policy to the method and the name that it found **in the body**, by ``missingScopes(method:name:principal:)``.
public struct ScopePolicy: Sendable, Hashable {
    /// Needed by every request.
    public let server: Set<String>
    /// Needed by method, in addition.
    public let methods: [String: Set<String>]
    /// Needed by tool, in addition, when it is called.
    public let tools: [String: Set<String>]
    /// Which scopes include which.
    public let hierarchy: ScopeHierarchy

    /// A policy that needs no scope.
    public static let open = ScopePolicy()

    private init() {
        (server, methods, tools, hierarchy) = ([], [:], [:], .flat)
    }

    /// Makes a policy.
    ///
    /// - Throws: ``AuthorizationError`` if one of the names is no scope.
    public init(
        server: Set<String> = [], methods: [String: Set<String>] = [:], tools: [String: Set<String>] = [:], hierarchy: ScopeHierarchy = .flat
    ) throws(AuthorizationError) {
        try ScopeName.check(server, at: "the server")
        for (method, scopes) in methods { try ScopeName.check(scopes, at: "the method \"\(method)\"") }
        for (tool, scopes) in tools { try ScopeName.check(scopes, at: "the tool \"\(tool)\"") }
        self.server = server
        self.methods = methods.filter { !$0.value.isEmpty }
        self.tools = tools.filter { !$0.value.isEmpty }
        self.hierarchy = hierarchy
    }

    /// Every scope that some request needs: what metadata may list as supported.
    public var allScopes: Set<String> {
        var all = server
        for scopes in methods.values { all.formUnion(scopes) }
        for scopes in tools.values { all.formUnion(scopes) }
        return all
    }

    /// Everything a request needs.
    ///
    /// - Parameters:
    ///   - method: The method; `nil` if it is not known yet, and only the server's own scopes count.
    ///   - name: The name of the tool, for `tools/call`; other methods' names are not looked at.
    public func requiredScopes(method: String?, name: String?) -> Set<String> {
        guard let method else { return server }
        var scopes = server
        if let more = methods[method] { scopes.formUnion(more) }
        if let name, !tools.isEmpty, method == Method.toolsCall, let more = tools[name] { scopes.formUnion(more) }
        return scopes
    }

    /// What a caller lacks for a request; `nil` if nothing.
    ///
    /// - Parameter principal: The caller; nobody lacks everything. Its scopes count with what they include.
    public func missingScopes(method: String?, name: String?, principal: Principal?) -> Set<String>? {
        let required = requiredScopes(method: method, name: name)
        if required.isEmpty { return nil }
        let granted = principal?.scopes ?? []
        let missing = required.subtracting(granted)
        if missing.isEmpty { return nil }
        let rest = missing.subtracting(hierarchy.expanding(granted))
        return rest.isEmpty ? nil : rest
    }
}
