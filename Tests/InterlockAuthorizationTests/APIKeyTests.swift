import Foundation
import InterlockAuthorization
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("API keys")
struct APIKeyTests {
    static func key(_ id: String, seed: UInt64 = 1) throws -> APIKey {
        var random = SeededRandom(seed: seed)
        return try APIKey.generate(id: id, using: &random)
    }

    static func file(_ key: APIKey, _ more: String = "") -> [UInt8] {
        Array(#"{"keys":[{"id":"\#(key.id)","hash":"sha256:\#(key.hash.hexadecimal)","subject":"bot","tenant":"acme","scopes":["read"]\#(more)}]}"#.utf8)
    }

    static func credential(_ text: String) -> Credential { Credential(source: .apiKeyHeader, token: text) }

    @Test("a key is known by its hash alone, with tenant and scopes")
    func good() throws {
        let key = try Self.key("ci")
        #expect(key.text.hasPrefix("ilk_ci_") && key.text.utf8.count == 7 + 64)
        let verifier = APIKeyVerifier(try APIKeyTable(parsing: Self.file(key)), clock: ManualClock())
        let principal = try #require(verifier.verifyNow(Self.credential(key.text))?.principal)
        #expect(principal.subject == "bot" && principal.tenant == "acme" && principal.scopes == ["read"] && principal.issuer == "api-keys")
        #expect(verifier.recognizes(Credential(source: .bearer, token: key.text)))
        #expect(!verifier.recognizes(Credential(source: .bearer, token: "eyJ.a.b")))
    }

    @Test("every key but the right one is refused, whether its id is known or not")
    func wrong() throws {
        let key = try Self.key("ci")
        let verifier = APIKeyVerifier(try APIKeyTable(parsing: Self.file(key)), clock: ManualClock())
        let other = try Self.key("ci", seed: 2).text
        let wrong = [
            other, try Self.key("nobody").text, String(key.text.dropLast()), key.text + "0", key.text.uppercased(), "ilk_ci_", "ilk__" + key.text.dropFirst(7), "",
            key.hash.hexadecimal, "ilk_ci_" + key.hash.hexadecimal, key.text.replacingOccurrences(of: "ilk_ci", with: "ilk_CI"), "ilk_ci_" + String(repeating: "0", count: 64),
        ]
        for text in wrong { #expect(verifier.verifyNow(Self.credential(text))?.refusal == .unknownCredential) }
        var random = SeededRandom(seed: 3)
        for _ in 0..<2_000 {
            var bytes = Array(key.text.utf8)
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] = bytes[place] == 0x61 ? 0x62 : 0x61
            #expect(verifier.verifyNow(Self.credential(String(decoding: bytes, as: UTF8.self)))?.principal == nil)
        }
        #expect(verifier.verifyNow(Self.credential(key.text))?.principal != nil)
    }

    @Test("a key that a new table lacks or disables is refused at once, also by a gate that has let it in")
    func revocation() async throws {
        let key = try Self.key("ci")
        let clock = ManualClock()
        let verifier = APIKeyVerifier(try APIKeyTable(parsing: Self.file(key)), clock: clock)
        let gate = try AuthorizationGate(verifiers: [verifier], configuration: .init(), clock: clock, logger: LogCapture().logger)
        for field in [("X-API-Key", key.text), ("Authorization", "Bearer \(key.text)")] {
            verifier.replace(try APIKeyTable(parsing: Self.file(key)))
            let decision = await gate.settle(head([field]))
            #expect(decision.decision.principal?.subject == "bot" && decision.atOnce)
            verifier.replace(try APIKeyTable(parsing: Self.file(key, #","disabled":true"#)))
            #expect(gate.decide(head([field])).status == 401)
            verifier.replace(try APIKeyTable([]))
            #expect(gate.decide(head([field])).status == 401)
        }
        #expect(gate.snapshot.refused == [.disabled: 2, .unknownCredential: 2])
        #expect(gate.snapshot.remembered == 0)
    }

    @Test("a key ends at its time")
    func expiry() throws {
        let key = try Self.key("ci")
        let clock = ManualClock()
        let verifier = APIKeyVerifier(try APIKeyTable(parsing: Self.file(key, #","expires":"2026-01-01T00:01:00Z""#)), clock: clock)
        clock.advance(by: .milliseconds(59_999))
        #expect(verifier.verifyNow(Self.credential(key.text))?.principal != nil)
        clock.advance(by: .milliseconds(1))
        #expect(verifier.verifyNow(Self.credential(key.text))?.refusal == .expired)
    }

    @Test("keys differ, and ids are checked")
    func generating() throws {
        var random = SystemRandomNumberGenerator()
        let keys = try (0..<1_000).map { _ in try APIKey.generate(id: "a", using: &random).text }
        #expect(Set(keys).count == 1_000)
        for id in ["", "A", "a_b", "ä", String(repeating: "a", count: 65)] {
            #expect(throws: AuthorizationError.self) { try APIKey.generate(id: id, using: &random) }
        }
    }

    @Test("a file that is not sound is refused with the place, and shows no value", arguments: [
        ("", "the file is no JSON text"), ("[]", "is an array: give an object"), (#"{"keys":[],"more":1}"#, "a member that is no setting"),
        (#"{"kyes":[]}"#, "did you mean \"keys\"?"), ("{}", "\"keys\" is missing"), (#"{"keys":[],"keys":[]}"#, "\"keys\" stands there twice"),
        (#"{"keys":[1]}"#, "\"keys[0]\" is a number: give an object"), (#"{"keys":{"ilk_a_secret":{}}}"#, "\"keys\" has a member that is no setting. There may be"),
        (#"{"keys":[{}]}"#, "\"keys[0].id\" is missing"), (#"{"keys":[{"id":"a"}]}"#, "\"keys[0].subject\" is missing"),
        (#"{"keys":[{"id":"a","subject":"s"}]}"#, "\"keys[0].hash\" is missing"), (#"{"keys":[{"id":"a","subject":"s","hash":"ilk_a_secret"}]}"#, "\"keys[0].hash\""),
        (#"{"keys":[{"id":"a","subject":"s","hash":["ilk_a_secret"]}]}"#, "\"keys[0].hash\" is an array"),
        (#"{"keys":[{"id":"a","subject":"s","hash":"sha256:00"}]}"#, "\"keys[0].hash\""),
        (#"{"keys":[{"id":"a","disabed":true}]}"#, "\"keys[0]\" has a member that is no setting; did you mean \"disabled\"?"),
        (#"{"keys":[{"id":"a","id":"b"}]}"#, "\"keys[0].id\" stands there twice"),
        (#"{"keys":[{"id":7}]}"#, "\"keys[0].id\" is a number: give a text"), (#"{"keys":[#,{"id":"A","subject":"s","hash":"sha256:@"}]}"#, "\"keys[1].id\""),
        (#"{"keys":[#,#]}"#, "\"keys[1].id\" \"a\" occurs twice"), (#"{"keys":[{"id":"a","subject":"","hash":"sha256:@"}]}"#, "\"keys[0].subject\""),
        (#"{"keys":[{"id":"a","subject":"s","hash":"sha256:@","scopes":["secret",1]}]}"#, "\"keys[0].scopes\" is an array: give an array of texts"),
        (#"{"keys":[{"id":"a","subject":"s","hash":"sha256:@","scopes":["a b"]}]}"#, "keys[0].scopes"),
        (#"{"keys":[{"id":"a","subject":"s","hash":"sha256:@","expires":"secret"}]}"#, "\"keys[0].expires\" is no time"),
        (#"{"keys":[{"id":"a","subject":"s","hash":"sha256:@","expires":"2027-02-29T00:00:00Z"}]}"#, "\"keys[0].expires\""),
        (#"{"keys":[{"id":"a","subject":"s","hash":"sha256:@","disabled":"yes"}]}"#, "\"keys[0].disabled\" is a string: give true or false"),
    ])
    func badFiles(text: String, place: String) throws {
        let hash = String(repeating: "0f", count: 32)
        let text = text.replacingOccurrences(of: "#", with: #"{"id":"a","subject":"s","hash":"sha256:@"}"#).replacingOccurrences(of: "@", with: hash)
        let error = try #require(throws: AuthorizationError.self) { try APIKeyTable(parsing: Array(text.utf8)) }
        #expect(error.message.contains(place))
        #expect(!error.message.contains("secret"))
    }

    @Test("digests compare in full and read back")
    func digests() {
        let digest = TokenDigest(of: "abc")
        #expect(digest.hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(TokenDigest(hexadecimal: digest.hexadecimal.uppercased()) == digest)
        for place in 0..<64 {
            var digits = Array(digest.hexadecimal)
            digits[place] = digits[place] == "0" ? "1" : "0"
            #expect(TokenDigest(hexadecimal: String(digits)) != digest)
        }
        #expect(TokenDigest(hexadecimal: "") == nil && TokenDigest(hexadecimal: String(repeating: "g", count: 64)) == nil)
    }
}
