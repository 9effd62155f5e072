import Foundation
import InterlockAuthorization
import InterlockSimulation
import InterlockTransport
import Testing

/// Whatever goes wrong, the secret stays where it was: not a log record, error, answer, description or dump has it.
@Suite("Secrets", .timeLimit(.minutes(5)))
struct SecrecyTests {
    /// The parts of a credential that somebody could use: the whole, and of a token its signature and its claims.
    static func parts(_ token: String) -> [String] {
        ([token] + token.split(separator: ".").map(String.init)).filter { $0.utf8.count >= 12 }
    }

    static func text(_ decision: GateDecision) -> String {
        guard let response = decision.response else { return "" }
        return String(decoding: response.body ?? [], as: UTF8.self) + response.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n") + "\(response)"
    }

    @Test("no attack's token comes back in a log record or an answer, and neither does a good one")
    func attacks() async throws {
        let fixture = try await Fixture(algorithms: JWTAttackTests.accepted)
        let stranger = try await TestIssuer.stranger.value
        let gate = try GateTests.gate(fixture)
        var tokens = try Attack.all.map { try $0.token(fixture.issuer, stranger) }
        tokens.append(try fixture.issuer.token())
        var answers: [String] = []
        for token in tokens {
            for request in [head([GateTests.bearer(token)]), head([("X-API-Key", token)]), head(target: "/mcp?access_token=\(token)"), head([GateTests.bearer(token), GateTests.bearer(token)])] {
                answers.append(Self.text(await gate.settle(request).decision))
            }
        }
        fixture.fetcher.answer { _ in throw ScriptedFetcher.Down() }
        fixture.clock.advance(by: .seconds(90_000))
        for token in tokens { answers.append(Self.text(await gate.settle(head([GateTests.bearer(token)])).decision)) }
        let records = fixture.log.text
        #expect(records.count > tokens.count && answers.count == 5 * tokens.count)
        let haystack = (records + answers).joined(separator: "\n")
        for part in tokens.flatMap(Self.parts) { #expect(!haystack.contains(part)) }
        // The same search finds what is there.
        #expect(haystack.contains("invalid_token") && haystack.contains("refused a credential"))
    }

    @Test("introspection keeps the token and the client's secret to itself, also when the fetcher's error has them")
    func introspection() async throws {
        struct Loud: Error, CustomStringConvertible { var description: String }
        let setup = try IntrospectionTests.Setup()
        setup.fetcher.answer { request in throw Loud(description: String(decoding: request.body, as: UTF8.self) + "\(request.headers)") }
        for number in 0..<10 { _ = await setup.verify("opaque-token-\(number)") }
        setup.fetcher.answer { request in FetchResponse(status: 400, body: request.body) }
        setup.clock.advance(by: .seconds(10))
        for number in 0..<10 { _ = await setup.verify("opaque-token-\(number)") }
        let haystack = setup.log.text.joined(separator: "\n")
        #expect(!haystack.isEmpty && !haystack.contains("opaque-token") && !haystack.contains("s3cr"))
        let request = try #require(setup.fetcher.requests.first)
        var dumped = "\(request) \(String(reflecting: request))"
        dump(request, to: &dumped)
        #expect(!dumped.contains("opaque-token") && !dumped.lowercased().contains("basic"))
    }

    @Test("descriptions and dumps of what holds a secret do not show it")
    func descriptions() throws {
        let key = try APIKeyTests.key("ci")
        let configuration = IntrospectionConfiguration(
            url: "https://issuer.example/introspect", clientId: "c", clientSecret: "hidden-secret", issuer: "i", audiences: ["a"])
        let secret = SharedSecret(Array("hidden-secret".utf8))
        let credential = Credential(source: .bearer, token: key.text)
        var text = "\(key) \(configuration) \(secret) \(credential) \(String(reflecting: key)) \(String(reflecting: credential)) \(String(reflecting: secret)) \(String(reflecting: configuration))"
        dump(key, to: &text)
        dump(configuration, to: &text)
        dump(secret, to: &text)
        dump(credential, to: &text)
        #expect(!text.contains("hidden-secret") && !text.contains(key.text) && !text.contains(key.text.suffix(64)))
        #expect(text.contains("the API key ci"))
    }
}
