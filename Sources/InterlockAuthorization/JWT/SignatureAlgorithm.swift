/// An algorithm that may sign a token (RFC 7518 §3, RFC 8037). There is no `none`.
public enum SignatureAlgorithm: String, Sendable, Hashable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"

    /// Every algorithm with a private and a public key.
    public static let asymmetric: Set<SignatureAlgorithm> = Set(allCases.filter { !$0.isSymmetric })

    /// Whether who can verify can also sign.
    public var isSymmetric: Bool {
        switch self {
        case .hs256, .hs384, .hs512: true
        default: false
        }
    }

    /// The algorithm of exactly this name; case counts.
    init?(exactly name: String) {
        guard let algorithm = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else { return nil }
        self = algorithm
    }
}
