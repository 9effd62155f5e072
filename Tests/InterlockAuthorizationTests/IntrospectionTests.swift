import Foundation
import InterlockAuthorization
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("Introspection", .timeLimit(.minutes(5)))
struct IntrospectionTests {
    static let active = #"{"active":true,"iss":"https://issuer.example","aud":["https://mcp.example/mcp"],"sub":"alice","scope":"read","exp":1767225630}"#

    struct Setup {
        let clock = ManualClock()
        let log = LogCapture()
        let fetcher: ScriptedFetcher
        let verifier: IntrospectionVerifier

        init(_ answer: String = active, gate: Gate? = nil, change: (inout IntrospectionConfiguration) -> Void = { _ in }) throws {
            fetcher = ScriptedFetcher(gate: gate) { _ in FetchResponse(status: 200, body: Array(answer.utf8)) }
            var configuration = IntrospectionConfiguration(
                url: "https://issuer.example/introspect", clientId: "mcp server", clientSecret: "s3cr:et/ü", issuer: TestIssuer.name, audiences: [TestIssuer.resource])
            change(&configuration)
            verifier = try IntrospectionVerifier(configuration, fetcher: fetcher, clock: clock, logger: log.logger)
        }

        func verify(_ token: String = "opaque-1") async -> Verification { await verifier.verify(Credential(source: .bearer, token: token)) }
    }

    @Test("the question goes out as the RFC has it, once for as long as the answer is remembered")
    func asking() async throws {
        let setup = try Setup()
        #expect(await setup.verify("a+b/c=").principal?.scopes == ["read"])
        let request = try #require(setup.fetcher.requests.first)
        #expect(request.method == .post && String(decoding: request.body, as: UTF8.self) == "token=a%2Bb%2Fc%3D&token_type_hint=access_token")
        let basic = try #require(request.headers.first { $0.name == "authorization" }?.value)
        #expect(String(decoding: try #require(Data(base64Encoded: String(basic.dropFirst(6)))), as: UTF8.self) == "mcp+server:s3cr%3Aet%2F%C3%BC")
        for _ in 0..<10 { #expect(await setup.verify("a+b/c=").principal?.subject == "alice") }
        #expect(setup.fetcher.count == 1)
        setup.clock.advance(by: .seconds(60))
        setup.fetcher.answer(json: #"{"active":false}"#)
        #expect(await setup.verify("a+b/c=").refusal == .inactive)
        #expect(await setup.verify("a+b/c=").refusal == .inactive)
        #expect(setup.fetcher.count == 2)
        setup.clock.advance(by: .seconds(10))
        _ = await setup.verify("a+b/c=")
        #expect(setup.fetcher.count == 3)
    }

    @Test("an active token that is not for this server is refused", arguments: [
        (#"{"active":false}"#, CredentialRefusal.Code.inactive), (#"{"active":true}"#, .audience),
        (#"{"active":true,"aud":"https://other.example","sub":"a"}"#, .audience), (#"{"active":true,"iss":"https://evil.example","aud":"https://mcp.example/mcp","sub":"a"}"#, .issuer),
        (#"{"active":true,"aud":"https://mcp.example/mcp"}"#, .claims), (#"{"active":true,"aud":"https://mcp.example/mcp","sub":"a","exp":1767225500}"#, .expired),
        (#"{"active":true,"aud":"https://mcp.example/mcp","sub":"a","nbf":1767225700}"#, .notYetValid), (#"{"active":true,"aud":{},"sub":"a"}"#, .audience),
    ])
    func refused(answer: String, code: CredentialRefusal.Code) async throws {
        let setup = try Setup(answer)
        #expect(await setup.verify().refusal == code)
    }

    @Test("an answer that is none lets nobody in", arguments: ["", "[]", "{}", #"{"active":"true"}"#, #"{"active":1}"#, #"{"active":false,"active":true}"#])
    func noAnswer(answer: String) async throws {
        let setup = try Setup(answer)
        #expect(await setup.verify().isUnavailable)
        #expect(setup.verifier.rememberedCount == 0)
    }

    @Test("1,000 requests with one token ask once")
    func singleFlight() async throws {
        let gate = Gate()
        let setup = try Setup(gate: gate)
        let verifier = setup.verifier
        await withTaskGroup(of: String?.self) { group in
            for _ in 0..<1_000 { group.addTask { await verifier.verify(Credential(source: .bearer, token: "same")).principal?.subject } }
            try? await gate.waitForWaiters(1)  // throws only when this test is cancelled, which ends it anyway
            gate.open()
            for await subject in group { #expect(subject == "alice") }
        }
        #expect(setup.fetcher.count == 1)
    }

    @Test("what is remembered is bounded, under a flood of tokens too")
    func bounded() async throws {
        let setup = try Setup(#"{"active":false}"#) { $0.maximumEntries = 16 }
        for number in 0..<200 {
            #expect(await setup.verify("token-\(number)").refusal == .inactive)
            #expect(setup.verifier.rememberedCount <= 16)
        }
        #expect(await setup.verify(String(repeating: "a", count: 9_000)).refusal == .tooLarge)
    }

    @Test("an authorization server that keeps failing is left alone, and asked again when its time is over")
    func breaker() async throws {
        let setup = try Setup()
        setup.fetcher.answer { _ in throw ScriptedFetcher.Down() }
        for number in 0..<50 { #expect(await setup.verify("token-\(number)").isUnavailable) }
        #expect(setup.fetcher.count == 5)
        if case .unavailable(let wait) = await setup.verify("x") { #expect(wait == .seconds(10)) } else { Issue.record("let in") }
        setup.fetcher.answer(json: Self.active)
        setup.clock.advance(by: .seconds(10))
        #expect(await setup.verify("y").principal?.subject == "alice")
    }

    @Test("an authorization server that does not answer is waited for as long as configured")
    func slow() async throws {
        let gate = Gate()
        let setup = try Setup(gate: gate)
        async let verification = setup.verify()
        try await gate.waitForWaiters(1)
        try await setup.clock.waitForPending(1)
        setup.clock.advance(by: .seconds(5))
        #expect(await verification.isUnavailable)
    }

    @Test("requests that give up say nothing about the authorization server: they do not open the breaker")
    func givingUp() async throws {
        let gate = Gate()
        let setup = try Setup(gate: gate)
        for number in 0..<20 {
            let request = Task { await setup.verify("token-\(number)") }
            try await gate.waitForWaiters(1)
            request.cancel()
            #expect(await request.value.isUnavailable)
            while gate.waiterCount > 0 { await Task.yield() }
        }
        gate.open()
        #expect(await setup.verify("good").principal?.subject == "alice")
    }

    @Test("a setup that would accept anybody's tokens, or send secrets in the clear, is not made")
    func misuse() throws {
        #expect(throws: AuthorizationError.self) { try Setup { $0.audiences = [] } }
        #expect(throws: AuthorizationError.self) { try Setup { $0.url = "http://issuer.example/introspect" } }
        #expect(throws: AuthorizationError.self) { try Setup { $0.issuer = "" } }
    }
}
