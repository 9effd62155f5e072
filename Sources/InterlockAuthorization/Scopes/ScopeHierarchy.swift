/// Which scopes include which: a caller with `admin` may do what `write` may.
///
/// A map of names, without wildcards, so that what a scope allows can be read off it. Inclusion is transitive.
public struct ScopeHierarchy: Sendable, Hashable {
    /// Every scope that includes others, with all it includes.
    private let closure: [String: Set<String>]

    /// A hierarchy in which no scope includes another.
    public static let flat = ScopeHierarchy()

    private init() { closure = [:] }

    /// Makes a hierarchy.
    ///
    /// - Parameter includes: What each scope includes directly.
    /// - Throws: ``AuthorizationError`` if a name is no scope or has a `*`, or if a scope includes itself in the end.
    public init(_ includes: [String: Set<String>]) throws(AuthorizationError) {
        try ScopeName.check(includes.keys, at: "the scope hierarchy")
        var closure: [String: Set<String>] = [:]
        for (scope, direct) in includes {
            try ScopeName.check(direct, at: "what the scope \"\(scope)\" includes")
            for name in direct.union([scope]) where name.utf8.contains(UInt8(ascii: "*")) {
                throw AuthorizationError(.invalidScopes, "the scope \"\(name)\" has a wildcard: name each scope that is included")
            }
            var reached: Set<String> = []
            var open = Array(direct)
            while let next = open.popLast() {
                if reached.insert(next).inserted { open += includes[next] ?? [] }
            }
            guard !reached.contains(scope) else {
                throw AuthorizationError(.invalidScopes, "the scope \"\(scope)\" includes itself by way of others: break the cycle in the scope hierarchy")
            }
            closure[scope] = reached
        }
        self.closure = closure
    }

    /// The scopes with everything they include.
    public func expanding(_ scopes: Set<String>) -> Set<String> {
        if closure.isEmpty { return scopes }
        var all = scopes
        for scope in scopes {
            if let included = closure[scope] { all.formUnion(included) }
        }
        return all
    }
}
