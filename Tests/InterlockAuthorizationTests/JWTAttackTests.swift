import Crypto
import CryptoExtras
import Foundation
import InterlockAuthorization
import InterlockSimulation
import InterlockTransport
import Testing

/// A forged or misused token, why it must be refused, and the one check that does it.
struct Attack: Sendable, CustomTestStringConvertible {
    let name: String
    let code: CredentialRefusal.Code
    /// Without this check the token gets in; `nil` where more than one stands in its way.
    var guarding: JWTGuard?
    let token: @Sendable (_ issuer: TestIssuer, _ stranger: TestIssuer) throws -> String

    var testDescription: String { name }

    init(_ name: String, _ code: CredentialRefusal.Code, _ guarding: JWTGuard? = nil, token: @escaping @Sendable (TestIssuer, TestIssuer) throws -> String) {
        (self.name, self.code, self.guarding, self.token) = (name, code, guarding, token)
    }

    private static func claims(_ old: String, _ new: String) -> String { TestIssuer.claims.replacingOccurrences(of: old, with: new) }

    private static func unsigned(_ algorithm: String, signature: String = "AA") -> String {
        base64URL(Data(#"{"alg":"\#(algorithm)","typ":"at+jwt","kid":"one-RSA"}"#.utf8)) + "." + base64URL(Data(TestIssuer.claims.utf8)) + "." + signature
    }

    private static func hmac(_ issuer: TestIssuer, key: [UInt8]) -> String {
        let input = base64URL(Data(#"{"alg":"HS256","typ":"at+jwt","kid":"one-RSA"}"#.utf8)) + "." + base64URL(Data(TestIssuer.claims.utf8))
        return input + "." + base64URL(Data(HMAC<SHA256>.authenticationCode(for: Data(input.utf8), using: SymmetricKey(data: key))))
    }

    private static func resigned(_ header: String, _ stranger: TestIssuer) throws -> String { try stranger.token("ES256", header: header) }

    private static func withSignature(_ issuer: TestIssuer, _ algorithm: String = "ES256", _ change: ([UInt8]) -> [UInt8]) throws -> String {
        let token = try issuer.token(algorithm)
        let cut = try #require(token.lastIndex(of: "."))
        let input = token[..<cut]
        return input + "." + base64URL(Data(change(try issuer.sign(algorithm, Array(input.utf8)))))
    }

    static let all: [Attack] = algorithms + claimsAndTime + headers + shapes + signatures

    static let algorithms: [Attack] = ["none", "None", "NONE", "nOnE", "", "none ", "rs256", "es256", "RS256\\u0000", "ES256K", "RSA-OAEP", "dir"].map { name in
        Attack("alg \(name)", .algorithm) { _, _ in unsigned(name) }
    } + [
        Attack("alg none without a signature", .malformed) { _, _ in unsigned("none", signature: "") },
        Attack("HS256 with the public key as PEM", .algorithm) { issuer, _ in hmac(issuer, key: Array(issuer.rsa.publicKey.pemRepresentation.utf8)) },
        Attack("HS256 with the public key as DER", .algorithm) { issuer, _ in hmac(issuer, key: Array(issuer.rsa.publicKey.derRepresentation)) },
        Attack("HS256 with the public key as JWK", .algorithm) { issuer, _ in hmac(issuer, key: Array(try issuer.rsaKey.utf8)) },
        Attack("HS256 with the modulus", .algorithm) { issuer, _ in hmac(issuer, key: Array(try issuer.rsa.publicKey.getKeyPrimitives().modulus)) },
        Attack("HS256 with an empty key", .algorithm) { issuer, _ in hmac(issuer, key: []) },
        Attack("an algorithm of the key that is not on the issuer's list", .algorithm, .algorithm) { issuer, _ in try issuer.token("PS384") },
        Attack("RS256 over a key for ES256", .algorithm) { issuer, _ in try issuer.token("RS256", header: #"{"alg":"RS256","typ":"at+jwt","kid":"one-ES256"}"#) },
        Attack("alg is a number", .malformed) { issuer, _ in try issuer.token(header: #"{"alg":256,"typ":"at+jwt","kid":"one-ES256"}"#) },
        Attack("no alg", .malformed) { issuer, _ in try issuer.token(header: #"{"typ":"at+jwt","kid":"one-ES256"}"#) },
    ]

    static let claimsAndTime: [Attack] = [
        Attack("wrong issuer", .issuer, .issuer) { issuer, _ in try issuer.token(claims: claims("issuer.example", "evil.example")) },
        Attack("issuer with a slash at its end", .issuer, .issuer) { issuer, _ in try issuer.token(claims: claims("issuer.example\"", "issuer.example/\"")) },
        Attack("issuer in capitals", .issuer, .issuer) { issuer, _ in try issuer.token(claims: claims("issuer.example", "ISSUER.example")) },
        Attack("no issuer", .issuer, .issuer) { issuer, _ in try issuer.token(claims: claims("\"iss\"", "\"ISS\"")) },
        Attack("wrong audience", .audience, .audience) { issuer, _ in try issuer.token(claims: claims("mcp.example/mcp", "other.example/mcp")) },
        Attack("audience that begins like ours", .audience, .audience) { issuer, _ in try issuer.token(claims: claims("mcp.example/mcp", "mcp.example/mcp/x")) },
        Attack("audiences without ours", .audience, .audience) { issuer, _ in
            try issuer.token(claims: claims(#""https://mcp.example/mcp""#, #"["https://a.example","https://b.example"]"#))
        },
        Attack("no audience", .audience, .audience) { issuer, _ in try issuer.token(claims: claims("\"aud\"", "\"AUD\"")) },
        Attack("audience is an object", .audience, .audience) { issuer, _ in try issuer.token(claims: claims(#""https://mcp.example/mcp""#, #"{"https://mcp.example/mcp":1}"#)) },
        Attack("expired", .expired, .expiry) { issuer, _ in try issuer.token(claims: claims("\"exp\":1767229200", "\"exp\":1767225500")) },
        Attack("no expiry", .claims, .expiry) { issuer, _ in try issuer.token(claims: claims("\"exp\":1767229200,", "")) },
        Attack("expiry is text", .claims) { issuer, _ in try issuer.token(claims: claims("1767229200", "\"1767229200\"")) },
        Attack("expiry beyond reason", .claims) { issuer, _ in try issuer.token(claims: claims("1767229200", "1e300")) },
        Attack("negative expiry", .claims) { issuer, _ in try issuer.token(claims: claims("1767229200", "-1")) },
        Attack("not yet valid", .notYetValid, .notBefore) { issuer, _ in try issuer.token(claims: claims("\"nbf\":1767225600", "\"nbf\":1767225700")) },
        Attack("issued in the future", .notYetValid, .issuedAt) { issuer, _ in try issuer.token(claims: claims("\"iat\":1767225600", "\"iat\":1767225700")) },
        Attack("no subject", .claims) { issuer, _ in try issuer.token(claims: claims("\"sub\"", "\"SUB\"")) },
        Attack("empty subject", .claims) { issuer, _ in try issuer.token(claims: claims("alice", "")) },
        Attack("subject with a line break", .claims) { issuer, _ in try issuer.token(claims: claims("alice", "a\\nb")) },
        Attack("no tenant", .claims) { issuer, _ in try issuer.token(claims: claims("\"org\"", "\"ORG\"")) },
        Attack("tenant is a number", .claims) { issuer, _ in try issuer.token(claims: claims("\"acme\"", "1")) },
        Attack("scopes are an object", .claims) { issuer, _ in try issuer.token(claims: claims("\"read write\"", "{}")) },
        Attack("a claim twice", .duplicateMember, .duplicateMembers) { issuer, _ in try issuer.token(claims: claims("\"sub\":", "\"sub\":\"bob\",\"sub\":")) },
        Attack("a claim twice, once with an escape", .duplicateMember, .duplicateMembers) { issuer, _ in
            try issuer.token(claims: claims("\"sub\":", "\"s\\u0075b\":\"bob\",\"sub\":"))
        },
        Attack("a member twice, deeper", .duplicateMember, .duplicateMembers) { issuer, _ in try issuer.token(claims: claims(#"{"id":"#, #"{"id":"x","id":"#)) },
    ]

    static let headers: [Attack] = [
        Attack("an ID token's type", .type, .type) { issuer, _ in try issuer.token(header: #"{"alg":"ES256","typ":"logout+jwt","kid":"one-ES256"}"#) },
        Attack("no type", .type, .type) { issuer, _ in try issuer.token(header: #"{"alg":"ES256","kid":"one-ES256"}"#) },
        Attack("crit", .criticalHeader, .critical) { issuer, _ in try issuer.token(header: #"{"alg":"ES256","typ":"JWT","kid":"one-ES256","crit":["b64"],"b64":false}"#) },
        Attack("empty crit", .criticalHeader, .critical) { issuer, _ in try issuer.token(header: #"{"alg":"ES256","typ":"JWT","kid":"one-ES256","crit":[]}"#) },
        Attack("a header member twice", .duplicateMember, .duplicateMembers) { issuer, _ in
            try issuer.token(header: #"{"alg":"none","alg":"ES256","typ":"JWT","kid":"one-ES256"}"#)
        },
        Attack("no kid although there are several keys", .keyId, .keyId) { issuer, _ in try issuer.token("RS256", header: #"{"alg":"RS256","typ":"JWT"}"#) },
        Attack("kid is a path", .unknownKey) { issuer, _ in try issuer.token(header: #"{"alg":"ES256","typ":"JWT","kid":"../../dev/null"}"#) },
        Attack("kid is an object", .malformed) { issuer, _ in try issuer.token(header: #"{"alg":"ES256","typ":"JWT","kid":{}}"#) },
        Attack("empty kid", .malformed) { issuer, _ in try issuer.token(header: #"{"alg":"ES256","typ":"JWT","kid":""}"#) },
        Attack("kid beyond reason", .malformed) { issuer, _ in try issuer.token(header: #"{"alg":"ES256","typ":"JWT","kid":"\#(String(repeating: "k", count: 300))"}"#) },
        Attack("jku to the attacker's keys", .signature, .signature) { _, stranger in
            try resigned(#"{"alg":"ES256","typ":"JWT","kid":"one-ES256","jku":"https://evil.example/jwks"}"#, stranger)
        },
        Attack("x5u to the attacker's certificate", .signature, .signature) { _, stranger in
            try resigned(#"{"alg":"ES256","typ":"JWT","kid":"one-ES256","x5u":"https://evil.example/cert"}"#, stranger)
        },
        Attack("the attacker's key inside the token", .signature, .signature) { _, stranger in
            try resigned(#"{"alg":"ES256","typ":"JWT","kid":"one-ES256","jwk":\#(stranger.ecKey)}"#, stranger)
        },
    ]

    static let shapes: [Attack] = [
        Attack("empty", .malformed) { _, _ in "" },
        Attack("two segments", .malformed) { issuer, _ in try issuer.token().split(separator: ".").prefix(2).joined(separator: ".") },
        Attack("four segments", .malformed) { issuer, _ in try issuer.token() + ".AA" },
        Attack("five segments, as encrypted tokens have", .malformed) { _, _ in "AA.AA.AA.AA.AA" },
        Attack("no header", .malformed) { issuer, _ in try "." + issuer.token().split(separator: ".").dropFirst().joined(separator: ".") },
        Attack("no claims", .malformed) { issuer, _ in
            let parts = try issuer.token().split(separator: ".")
            return "\(parts[0])..\(parts[2])"
        },
        Attack("header and claims swapped", .malformed) { issuer, _ in
            let parts = try issuer.token().split(separator: ".")
            return "\(parts[1]).\(parts[0]).\(parts[2])"
        },
        Attack("claims and signature swapped", .malformed) { issuer, _ in
            let parts = try issuer.token().split(separator: ".")
            return "\(parts[0]).\(parts[2]).\(parts[1])"
        },
        Attack("padding", .malformed) { issuer, _ in try issuer.token() + "==" },
        Attack("white space", .malformed) { issuer, _ in try issuer.token() + "\n" },
        Attack("the alphabet that is not for URLs", .malformed) { issuer, _ in try withSignature(issuer) { _ in [UInt8](repeating: 0xFF, count: 64) }.replacingOccurrences(of: "_", with: "/") },
        Attack("claims are an array", .malformed) { issuer, _ in try issuer.token(claims: "[\(TestIssuer.claims)]") },
        Attack("claims nested beyond reason", .malformed) { issuer, _ in
            try issuer.token(claims: #"{"a":\#(String(repeating: "[", count: 40))\#(String(repeating: "]", count: 40))}"#)
        },
        Attack("claims with text behind them", .malformed) { issuer, _ in try issuer.token(claims: TestIssuer.claims + "{}") },
        Attack("claims that are not UTF-8", .malformed) { issuer, _ in
            let parts = try issuer.token().split(separator: ".")
            return "\(parts[0]).\(base64URL(Data([0x7B, 0xFF, 0x7D]))).\(parts[2])"
        },
        Attack("oversized", .tooLarge) { issuer, _ in try issuer.token(claims: Self.claims("alice", String(repeating: "a", count: 10_000))) },
        Attack("a header beyond reason", .malformed) { issuer, _ in
            try issuer.token(header: #"{"alg":"ES256","typ":"JWT","kid":"one-ES256","x":"\#(String(repeating: "x", count: 3_000))"}"#)
        },
    ]

    static let signatures: [Attack] = [
        Attack("another issuer's key under the same name", .signature, .signature) { _, stranger in try stranger.token() },
        Attack("another issuer's RSA key under the same name", .signature, .signature) { _, stranger in try stranger.token("RS256") },
        Attack("another issuer's Ed25519 key under the same name", .signature, .signature) { _, stranger in try stranger.token("EdDSA") },
        Attack("a signature over other claims", .signature, .signature) { issuer, _ in
            let good = try issuer.token().split(separator: "."), other = try issuer.token(claims: claims("alice", "root")).split(separator: ".")
            return "\(good[0]).\(other[1]).\(good[2])"
        },
        Attack("all zero", .signature, .signature) { issuer, _ in try withSignature(issuer) { _ in [UInt8](repeating: 0, count: 64) } },
        Attack("zero r", .signature, .signature) { issuer, _ in try withSignature(issuer) { [UInt8](repeating: 0, count: 32) + $0.suffix(32) } },
        Attack("zero s", .signature, .signature) { issuer, _ in try withSignature(issuer) { $0.prefix(32) + [UInt8](repeating: 0, count: 32) } },
        Attack("r and s swapped", .signature, .signature) { issuer, _ in try withSignature(issuer) { Array($0.suffix(32) + $0.prefix(32)) } },
        Attack("r and s are the order of the curve", .signature, .signature) { issuer, _ in try withSignature(issuer) { _ in P256Order.bytes + P256Order.bytes } },
        Attack("DER in place of r and s", .signature, .signature) { issuer, _ in
            try withSignature(issuer) { Array((try? P256.Signing.ECDSASignature(rawRepresentation: $0).derRepresentation) ?? Data([0])) }
        },
        Attack("truncated", .signature, .signature) { issuer, _ in try withSignature(issuer) { Array($0.dropLast()) } },
        Attack("truncated to half", .signature, .signature) { issuer, _ in try withSignature(issuer) { Array($0.prefix(32)) } },
        Attack("one byte longer", .signature, .signature) { issuer, _ in try withSignature(issuer) { $0 + [0] } },
        Attack("RSA truncated", .signature, .signature) { issuer, _ in try withSignature(issuer, "RS256") { Array($0.dropLast()) } },
        Attack("RSA zero", .signature, .signature) { issuer, _ in try withSignature(issuer, "RS256") { _ in [UInt8](repeating: 0, count: 256) } },
        Attack("RSA one", .signature, .signature) { issuer, _ in try withSignature(issuer, "RS256") { _ in [UInt8](repeating: 0, count: 255) + [1] } },
        Attack("RS256 as PS256", .signature, .signature) { issuer, _ in
            let input = base64URL(Data(issuer.header("PS256").utf8)) + "." + base64URL(Data(TestIssuer.claims.utf8))
            return input + "." + base64URL(Data(try issuer.sign("RS256", Array(input.utf8))))
        },
        Attack("Ed25519 zero", .signature, .signature) { issuer, _ in try withSignature(issuer, "EdDSA") { _ in [UInt8](repeating: 0, count: 64) } },
    ]
}

enum P256Order {
    static let bytes: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2,
        0xFC, 0x63, 0x25, 0x51,
    ]

    /// The order minus a number below it, both big-endian.
    static func minus(_ number: [UInt8]) -> [UInt8] {
        var result = bytes
        var borrow = 0
        for index in stride(from: 31, through: 0, by: -1) {
            let difference = Int(bytes[index]) - Int(number[index]) - borrow
            borrow = difference < 0 ? 1 : 0
            result[index] = UInt8(truncatingIfNeeded: difference)
        }
        return result
    }
}

@Suite("Forged and misused tokens", .timeLimit(.minutes(5)))
struct JWTAttackTests {
    /// All but PS384, which one attack uses.
    static let accepted = SignatureAlgorithm.asymmetric.subtracting([.ps384])

    @Test("each is refused for its own reason, and the good token gets in before and after it", arguments: Attack.all)
    func attack(_ attack: Attack) async throws {
        let fixture = try await Fixture(algorithms: Self.accepted)
        let good = try fixture.issuer.token()
        #expect(await fixture.verify(good).principal?.subject == "alice")
        let forged = try attack.token(fixture.issuer, try await TestIssuer.stranger.value)
        let verification = await fixture.verify(forged)
        #expect(verification.principal == nil)
        #expect(verification.refusal == attack.code)
        #expect(await fixture.verify(good).principal?.subject == "alice")
    }

    @Test("without the one check that stops it, it gets in", arguments: Attack.all.filter { $0.guarding != nil })
    func control(_ attack: Attack) async throws {
        let fixture = try await Fixture(omitting: attack.guarding, algorithms: Self.accepted)
        let forged = try attack.token(fixture.issuer, try await TestIssuer.stranger.value)
        #expect(await fixture.verify(forged).principal != nil, "the check \(String(describing: attack.guarding)) is not what stops this attack")
    }

    @Test("every check has an attack that only it stops")
    func everyCheckIsNeeded() {
        let used = Set(Attack.all.compactMap(\.guarding))
        #expect(used == Set(JWTGuard.allCases))
    }

    @Test("every algorithm's good token gets in, with its tenant and scopes", arguments: TestIssuer.algorithmNames)
    func goodTokens(algorithm: String) async throws {
        let fixture = try await Fixture()
        let principal = try #require(await fixture.verify(try fixture.issuer.token(algorithm)).principal)
        #expect(principal.subject == "alice" && principal.tenant == "acme" && principal.issuer == TestIssuer.name && principal.scopes == ["read", "write"])
    }

    @Test("the mirror image of an ES256 signature is valid, as the standard has it, and says the same")
    func malleability() async throws {
        let fixture = try await Fixture()
        let token = try fixture.issuer.token()
        let cut = try #require(token.lastIndex(of: "."))
        let padded = token[token.index(after: cut)...].replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/") + "=="
        let signature = Array(try #require(Data(base64Encoded: padded)))
        let mirrored = token[...cut] + base64URL(Data(signature.prefix(32) + P256Order.minus(Array(signature.suffix(32)))))
        #expect(mirrored != token)
        #expect(await fixture.verify(String(mirrored)).principal == fixture.verify(token).principal)
    }

    @Test("audiences may be several; scopes may stand in an array; a key set with one key needs no kid")
    func otherShapes() async throws {
        let issuer = try await TestIssuer.shared.value
        let fixture = try await Fixture(document: #"{"keys":[\#(issuer.ecKey)]}"#)
        let claims = TestIssuer.claims.replacingOccurrences(of: #""https://mcp.example/mcp""#, with: #"["https://a.example","https://mcp.example/mcp"]"#)
            .replacingOccurrences(of: #""scope":"read write""#, with: #""scp":["read","admin","b\"ad"]"#)
        let token = try issuer.token(header: #"{"alg":"ES256","typ":"application/AT+JWT"}"#, claims: claims)
        #expect(await fixture.verify(token).principal?.scopes == ["read", "admin"])
    }

    @Test("the skew is exactly 30 seconds on either side")
    func skewEdges() async throws {
        let fixture = try await Fixture()
        let early = try fixture.issuer.token(claims: TestIssuer.claims.replacingOccurrences(of: "\"nbf\":1767225600", with: "\"nbf\":1767225631"))
        #expect(await fixture.verify(early).refusal == .notYetValid)
        fixture.clock.advance(by: .seconds(1))
        #expect(await fixture.verify(early).principal != nil)
        let short = try fixture.issuer.token(claims: TestIssuer.claims.replacingOccurrences(of: "\"exp\":1767229200", with: "\"exp\":1767225605"))
        fixture.clock.advance(by: .milliseconds(33_999))
        #expect(await fixture.verify(short).principal != nil)
        fixture.clock.advance(by: .milliseconds(1))
        #expect(await fixture.verify(short).refusal == .expired)
    }

    @Test("a shared secret verifies HMAC tokens and nothing else, and is never combined with published keys")
    func sharedSecret() async throws {
        let clock = ManualClock()
        let bytes = [UInt8](repeating: 7, count: 32)
        let trusted = try JWTIssuer(TestIssuer.name, keys: .secret(SharedSecret(bytes)), audiences: [TestIssuer.resource])
        let verifier = try JWTVerifier([trusted], clock: clock)
        let input = base64URL(Data(#"{"alg":"HS256","typ":"JWT"}"#.utf8)) + "." + base64URL(Data(TestIssuer.claims.utf8))
        let good = input + "." + base64URL(Data(HMAC<SHA256>.authenticationCode(for: Data(input.utf8), using: SymmetricKey(data: bytes))))
        #expect(await verifier.verify(Credential(source: .bearer, token: good)).principal?.subject == "alice")
        let wrong = input + "." + base64URL(Data(HMAC<SHA256>.authenticationCode(for: Data(input.utf8), using: SymmetricKey(size: .bits256))))
        #expect(await verifier.verify(Credential(source: .bearer, token: wrong)).refusal == .signature)
        #expect(await verifier.verify(Credential(source: .bearer, token: try await TestIssuer.shared.value.token())).refusal == .algorithm)
        let fixture = try await Fixture()
        #expect(throws: AuthorizationError.self) {
            try JWTIssuer(TestIssuer.name, keys: .published(fixture.keys), audiences: ["a"], algorithms: [.hs256])
        }
        #expect(throws: AuthorizationError.self) { try JWTIssuer(TestIssuer.name, keys: .secret(SharedSecret(bytes)), audiences: ["a"], algorithms: [.rs256]) }
        #expect(throws: AuthorizationError.self) { try JWTIssuer(TestIssuer.name, keys: .secret(SharedSecret(bytes)), audiences: ["a"], algorithms: [.hs512]) }
        #expect(throws: AuthorizationError.self) { try JWTIssuer(TestIssuer.name, keys: .secret(SharedSecret(bytes)), audiences: []) }
        #expect(throws: AuthorizationError.self) { try JWTVerifier([trusted, trusted], clock: clock) }
    }
}
