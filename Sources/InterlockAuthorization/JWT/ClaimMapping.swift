import InterlockJSON
import InterlockTransport

/// Where in a token's claims a caller's name, tenant and scopes stand.
public struct ClaimMapping: Sendable, Hashable {
    /// The claim that names the subject.
    public var subject: String
    /// The names that lead to the tenant, from the outermost object inwards; `nil` if tokens name none.
    public var tenant: [String]?
    /// Whether a token without a tenant is refused. Only where ``tenant`` is given.
    public var requiresTenant: Bool

    /// Makes a mapping.
    public init(subject: String = "sub", tenant: [String]? = nil, requiresTenant: Bool = true) {
        self.subject = subject
        self.tenant = tenant
        self.requiresTenant = requiresTenant
    }

    static let maximumScopes = 256

    /// The caller by verified claims.
    func principal(_ claims: RawJSON, issuer: String) throws(CredentialRefusal) -> Principal {
        guard let name = claims[subject]?.string, Self.isName(name) else { throw .claims }
        var found: String?
        if let tenant {
            let value = tenant.reduce(RawJSON?.some(claims)) { json, name in json?[name] }
            if let value, !value.isNull {
                guard let text = value.string, Self.isName(text) else { throw .claims }
                found = text
            } else if requiresTenant {
                throw .claims
            }
        }
        return Principal(subject: name, issuer: issuer, tenant: found, scopes: try Self.scopes(claims))
    }

    /// `scope` (RFC 8693 §4.2) and `scp`, each a list in a string or an array. What is no scope grants nothing and is dropped.
    private static func scopes(_ claims: RawJSON) throws(CredentialRefusal) -> Set<String> {
        var scopes: Set<String> = []
        for name in ["scope", "scp"] {
            guard let value = claims[name], !value.isNull else { continue }
            var names: [String] = []
            if let text = value.string {
                names = text.split(separator: " ").map(String.init)
            } else if let elements = value.elements {
                for element in elements {
                    guard let text = element.string else { throw .claims }
                    names.append(text)
                }
            } else {
                throw .claims
            }
            scopes.formUnion(names.lazy.filter(ScopeName.isValid))
        }
        guard scopes.count <= maximumScopes else { throw .claims }
        return scopes
    }

    /// What may name somebody in logs and stores: not empty, at most 255 bytes, no control characters.
    static func isName(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
