/// The grammar of one scope (RFC 6749 §3.3): visible ASCII without quotes and backslashes.
enum ScopeName {
    static func isValid(_ name: some StringProtocol) -> Bool {
        !name.isEmpty && name.utf8.count <= 256
            && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }

    /// Scopes in the order and the form of a challenge.
    static func list(_ scopes: Set<String>) -> String { scopes.sorted().joined(separator: " ") }

    static func check(_ scopes: some Sequence<String>, at place: String) throws(AuthorizationError) {
        for scope in scopes where !isValid(scope) {
            throw AuthorizationError(
                .invalidScopes, "\(place) has a scope that is none: use visible ASCII without spaces, quotes and backslashes (RFC 6749, section 3.3)")
        }
    }
}
