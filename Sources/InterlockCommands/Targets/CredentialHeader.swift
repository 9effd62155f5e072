/// Which header fields carry a credential, as far as their names tell: those are left out when a server is asked how it treats strangers.
enum CredentialHeader {
    private static let words: Set<Substring> = [
        "authorization", "auth", "cookie", "key", "apikey", "token", "secret", "password", "credential", "credentials", "assertion", "jwt", "signature",
    ]

    /// Whether a field of this name looks like a credential: `Authorization`, `Cookie`, `X-API-Key`, `X-Auth-Token` and the like.
    static func looksLikeOne(_ name: String) -> Bool {
        name.lowercased().split { $0 == "-" || $0 == "_" }.contains { words.contains($0) }
    }
}
