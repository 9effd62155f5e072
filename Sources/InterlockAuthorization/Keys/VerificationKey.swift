import JWTKit

/// One public key of an issuer, with each algorithm that it may be used with.
struct VerificationKey: Sendable {
    let kid: String?
    /// Exact bytes of a signature, by the size of the key.
    private let signatureBytes: Int
    private let algorithms: [SignatureAlgorithm: any JWTAlgorithm]

    /// Reads a key's description that ``KeyDescription`` has checked.
    ///
    /// Every pair of key and algorithm is an object of its own: one that learnt its algorithm from the first token would stay with it.
    init(_ description: KeyDescription) async throws {
        var algorithms: [SignatureAlgorithm: any JWTAlgorithm] = [:]
        for algorithm in description.algorithms {
            guard let name = JWK.Algorithm(rawValue: algorithm.rawValue) else { continue }
            let identifier = JWKIdentifier(string: "key")
            let jwk = switch description.material {
            case .rsa(let modulus, let exponent): JWK.rsa(name, identifier: identifier, modulus: modulus, exponent: exponent)
            case .ellipticCurve(let curve, let x, let y): JWK.ecdsa(name, identifier: identifier, x: x, y: y, curve: ECDSACurve(rawValue: curve))
            case .edwards(let x): JWK.octetKeyPair(name, identifier: identifier, x: x, y: nil, curve: .ed25519)
            }
            algorithms[algorithm] = try await JWTKeyCollection().add(jwk: jwk).getKey(for: identifier)
        }
        self.algorithms = algorithms
        kid = description.kid
        signatureBytes = description.signatureBytes
    }

    func supports(_ algorithm: SignatureAlgorithm) -> Bool { algorithms[algorithm] != nil }

    /// Whether a signature is this key's. Errors of the library count as no: it throws for what it cannot read.
    func verifies(_ signature: [UInt8], over input: ArraySlice<UInt8>, by algorithm: SignatureAlgorithm) -> Bool {
        guard signature.count == signatureBytes, let verifier = algorithms[algorithm] else { return false }
        do {
            return try verifier.verify(signature, signs: input)
        } catch {
            return false
        }
    }
}
