import Foundation
import InterlockAuthorization
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("Tokens changed at random", .timeLimit(.minutes(5)))
struct JWTMutationTests {
    static let names = ["ES256", "RS256", "EdDSA", "PS256"]

    /// A token unlike `token` by a few characters, a cut, a copy, or a change inside its JSON with the old signature kept.
    static func mutate(_ token: String, _ random: inout SeededRandom) -> String {
        var bytes = Array(token.utf8)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/".utf8)
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = alphabet[Int.random(in: 0..<64, using: &random)]
            }
        case 1: bytes.remove(at: Int.random(in: 0..<bytes.count, using: &random))
        case 2: bytes.insert(alphabet[Int.random(in: 0..<alphabet.count, using: &random)], at: Int.random(in: 0...bytes.count, using: &random))
        case 3: bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)))
        case 4: bytes.swapAt(Int.random(in: 0..<bytes.count, using: &random), Int.random(in: 0..<bytes.count, using: &random))
        default:
            let parts = token.split(separator: ".").map(String.init)
            let segment = Int.random(in: 0..<2, using: &random)
            var text = Array((segment == 0 ? #"{"alg":"ES256","typ":"at+jwt","kid":"one-ES256"}"# : TestIssuer.claims).utf8)
            text[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            let changed = base64URL(Data(text))
            return segment == 0 ? "\(changed).\(parts[1]).\(parts[2])" : "\(parts[0]).\(changed).\(parts[2])"
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("none of 10,000 gets in, and the good one does every time", arguments: [0x5EED])
    func random(seed: UInt64) async throws {
        let fixture = try await Fixture()
        var random = SeededRandom(seed: seed)
        let tokens = try Self.names.map { try fixture.issuer.token($0) }
        var tried = 0, accepted: [String] = []
        while tried < 10_000 {
            let token = tokens[tried % tokens.count]
            let mutant = Self.mutate(token, &random)
            if mutant == token { continue }
            tried += 1
            if await fixture.verify(mutant).principal != nil { accepted.append(mutant) }
            if tried % 50 == 0 { #expect(await fixture.verify(token).principal != nil) }
        }
        #expect(accepted.isEmpty)
        #expect(fixture.fetcher.count <= 2)
    }

    @Test("without the check of signatures hundreds of the same mutants get in")
    func control() async throws {
        let fixture = try await Fixture(omitting: .signature)
        var random = SeededRandom(seed: 0x5EED)
        let token = try fixture.issuer.token()
        var accepted = 0
        for _ in 0..<2_000 {
            let mutant = Self.mutate(token, &random)
            if mutant != token, await fixture.verify(mutant).principal != nil { accepted += 1 }
        }
        #expect(accepted > 200)
    }

    @Test("every header and every claim changed, left out or replaced, and signed with a key of the attacker's")
    func structured() async throws {
        let fixture = try await Fixture()
        let open = try await Fixture(omitting: .signature)
        let stranger = try await TestIssuer.stranger.value
        let values = ["null", "0", "-1", "1e9", "true", "\"\"", "\"x\"", "[]", "[\"x\"]", "{}", "{\"x\":1}", "\"\\u0000\"", "9999999999"]
        let header = ["alg": "\"ES256\"", "typ": "\"at+jwt\"", "kid": "\"one-ES256\""]
        let claims = [
            "iss": "\"https://issuer.example\"", "aud": "\"https://mcp.example/mcp\"", "sub": "\"alice\"", "exp": "1767229200", "nbf": "1767225600",
            "iat": "1767225600", "scope": "\"read\"", "org": "{\"id\":\"acme\"}",
        ]
        func object(_ members: [String: String]) -> String { "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}" }
        var forged: [String] = []
        for value in values + [""] {
            for name in Array(header.keys) + ["crit", "jku", "jwk", "x5u", "x5c", "cty", "zip", "b64", "enc"] {
                var changed = header
                changed[name] = value.isEmpty ? nil : value
                forged.append(try stranger.token(header: object(changed), claims: object(claims)))
            }
            for name in Array(claims.keys) + ["scp", "jti", "act", "cnf"] {
                var changed = claims
                changed[name] = value.isEmpty ? nil : value
                forged.append(try stranger.token(header: object(header), claims: object(changed)))
            }
        }
        var passedWithoutSignature = 0
        for token in forged {
            #expect(await fixture.verify(token).principal == nil)
            if await open.verify(token).principal != nil { passedWithoutSignature += 1 }
        }
        #expect(forged.count > 300)
        #expect(passedWithoutSignature > 50)
    }
}
