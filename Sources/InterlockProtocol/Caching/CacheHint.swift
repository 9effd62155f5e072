import InterlockJSON

/// How long a result stays fresh, and who may share it. Spec: 2026-07-28, Server Features › Caching.
public struct CacheHint: Sendable, Hashable {
    /// Milliseconds from receipt during which the result is fresh; 0 means that it is stale at once. Never negative.
    public let ttlMs: Int
    /// Who may share it.
    public let scope: CacheScope

    /// Makes a hint; a negative time counts as 0.
    public init(ttlMs: Int, scope: CacheScope) {
        self.ttlMs = max(0, ttlMs)
        self.scope = scope
    }

    /// Not to be reused, not to be shared.
    public static let none = CacheHint(ttlMs: 0, scope: .private)

    /// The hint for two results merged into one: the shorter time, the narrower scope.
    public func merged(with other: CacheHint) -> CacheHint {
        CacheHint(
            ttlMs: min(ttlMs, other.ttlMs),
            scope: scope == .public && other.scope == .public ? .public : .private)
    }

    /// Reads the hint of a result; nil if there is no `ttlMs`. A scope that is absent or unknown counts as private.
    package init?(_ result: WireObject) throws(ShapeMismatch) {
        guard let ttlMs = try result.optional("ttlMs", as: Int.self) else { return nil }
        let scope = result.member("cacheScope")?.string.flatMap(CacheScope.init(rawValue:))
        self.init(ttlMs: ttlMs, scope: scope ?? .private)
    }
}
