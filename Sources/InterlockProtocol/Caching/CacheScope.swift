/// Who may share a cached result. Spec: 2026-07-28, Server Features › Caching.
public enum CacheScope: String, WireEnumeration, Sendable, Hashable, Codable {
    /// Anyone, even if the request was authenticated: never for lists that depend on the user.
    case `public`
    /// Only the authorization context (for example the token) that asked.
    case `private`
}
