import Crypto
import CryptoExtras
import Foundation
import JWTKit

/// An issuer in this process: keys of each family, the document that publishes them, and a pen for tokens of any text.
struct TestIssuer: Sendable {
    static let name = "https://issuer.example"
    static let resource = "https://mcp.example/mcp"

    /// A signature over bytes.
    typealias Signer = @Sendable ([UInt8]) throws -> [UInt8]

    let kid: String
    let rsa: _RSA.Signing.PrivateKey
    let ec = P256.Signing.PrivateKey()
    let ec384 = P384.Signing.PrivateKey()
    let ec521 = P521.Signing.PrivateKey()
    let edwards = Curve25519.Signing.PrivateKey()
    private let algorithms: [String: any JWTAlgorithm]

    /// RSA keys take long to make, so there are two for the whole suite.
    static let shared = Task { try await TestIssuer(kid: "one") }
    static let stranger = Task { try await TestIssuer(kid: "one") }

    init(kid: String) async throws {
        self.kid = kid
        rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        var algorithms: [String: any JWTAlgorithm] = [:]
        let key = try Insecure.RSA.PrivateKey(backing: rsa)
        for (name, digest) in [("256", DigestAlgorithm.sha256), ("384", .sha384), ("512", .sha512)] {
            algorithms["RS" + name] = try await JWTKeyCollection().add(rsa: key, digestAlgorithm: digest, kid: "k").getKey(for: "k")
            algorithms["PS" + name] = try await JWTKeyCollection().add(pss: key, digestAlgorithm: digest, kid: "k").getKey(for: "k")
        }
        algorithms["ES256"] = try await JWTKeyCollection().add(ecdsa: ES256PrivateKey(backing: ec), kid: "k").getKey(for: "k")
        algorithms["ES384"] = try await JWTKeyCollection().add(ecdsa: ES384PrivateKey(backing: ec384), kid: "k").getKey(for: "k")
        algorithms["ES512"] = try await JWTKeyCollection().add(ecdsa: ES512PrivateKey(backing: ec521), kid: "k").getKey(for: "k")
        algorithms["EdDSA"] = try await JWTKeyCollection().add(eddsa: EdDSA.PrivateKey(backing: edwards), kid: "k").getKey(for: "k")
        self.algorithms = algorithms
    }

    static let algorithmNames = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]

    func sign(_ algorithm: String, _ bytes: [UInt8]) throws -> [UInt8] {
        guard let signer = algorithms[algorithm] else { throw UnknownAlgorithm() }
        return try signer.sign(bytes)
    }

    struct UnknownAlgorithm: Error {}

    /// The `kid` of the key of a family.
    func kid(of algorithm: String) -> String { "\(kid)-\(algorithm.hasPrefix("RS") || algorithm.hasPrefix("PS") ? "RSA" : algorithm)" }

    var rsaKey: String {
        get throws {
            let parts = try rsa.publicKey.getKeyPrimitives()
            return #"{"kty":"RSA","use":"sig","kid":"\#(kid)-RSA","n":"\#(base64URL(parts.modulus))","e":"\#(base64URL(parts.publicExponent))"}"#
        }
    }

    var edwardsKey: String { #"{"kty":"OKP","crv":"Ed25519","kid":"\#(kid)-EdDSA","alg":"EdDSA","x":"\#(base64URL(edwards.publicKey.rawRepresentation))"}"# }

    var ecKey: String { ellipticKey("P-256", "ES256", ec.publicKey.rawRepresentation) }

    private func ellipticKey(_ curve: String, _ algorithm: String, _ point: Data) -> String {
        let half = point.count / 2
        return #"{"kty":"EC","crv":"\#(curve)","kid":"\#(kid)-\#(algorithm)","alg":"\#(algorithm)","x":"\#(base64URL(point.prefix(half)))","y":"\#(base64URL(point.suffix(half)))"}"#
    }

    /// Every public key, as the issuer publishes them.
    var document: String {
        get throws {
            let keys = [
                try rsaKey, ecKey, ellipticKey("P-384", "ES384", ec384.publicKey.rawRepresentation),
                ellipticKey("P-521", "ES512", ec521.publicKey.rawRepresentation), edwardsKey,
            ]
            return #"{"keys":[\#(keys.joined(separator: ","))]}"#
        }
    }

    func header(_ algorithm: String) -> String { #"{"alg":"\#(algorithm)","typ":"at+jwt","kid":"\#(kid(of: algorithm))"}"# }

    /// Claims that are good at the manual clock's first moment, 1767225600, for an hour.
    static let claims =
        #"{"iss":"https://issuer.example","aud":"https://mcp.example/mcp","sub":"alice","exp":1767229200,"nbf":1767225600,"iat":1767225600,"scope":"read write","org":{"id":"acme"}}"#

    /// A signed token of exactly this header and these claims.
    func token(_ algorithm: String = "ES256", header: String? = nil, claims: String = Self.claims) throws -> String {
        let input = base64URL(Data((header ?? self.header(algorithm)).utf8)) + "." + base64URL(Data(claims.utf8))
        return input + "." + base64URL(Data(try sign(algorithm, Array(input.utf8))))
    }
}

func base64URL(_ data: some DataProtocol) -> String {
    Data(data).base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
}
