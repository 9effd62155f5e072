import Foundation
import InterlockAuthorization
import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("The gate", .timeLimit(.minutes(5)))
struct GateTests {
    static let metadata = "https://mcp.example/.well-known/oauth-protected-resource/mcp"

    static func gate(
        _ fixture: Fixture, policy: ScopePolicy = .open, keys: APIKeyVerifier? = nil, maximumEntries: Int = 100, metadataURI: String? = metadata
    ) throws -> AuthorizationGate {
        try AuthorizationGate(
            verifiers: (keys.map { [$0] } ?? []) + [fixture.verifier],
            configuration: AuthorizationGateConfiguration(metadataURI: metadataURI, policy: policy, maximumEntries: maximumEntries), clock: fixture.clock,
            logger: fixture.log.logger)
    }

    static func bearer(_ token: String) -> (String, String) { ("Authorization", "Bearer \(token)") }

    @Test("a token is verified once, and remembered by its digest until it expires")
    func remembering() async throws {
        let fixture = try await Fixture()
        let gate = try Self.gate(fixture)
        let token = try fixture.issuer.token(claims: TestIssuer.claims.replacingOccurrences(of: "1767229200", with: "1767225700"))
        let first = await gate.settle(head([Self.bearer(token)]))
        #expect(first.decision.principal?.subject == "alice" && !first.atOnce)
        let second = await gate.settle(head([("authorization", "bearer   \(token)")]))
        #expect(second.decision.principal?.subject == "alice" && second.atOnce)
        #expect(gate.snapshot.admitted == 1 && gate.snapshot.admittedFromMemory == 1 && gate.snapshot.remembered == 1)
        fixture.clock.advance(by: .seconds(130))
        let late = await gate.settle(head([Self.bearer(token)]))
        #expect(late.decision.status == 401 && !late.atOnce)
        #expect(gate.snapshot.refused[.expired] == 1)
    }

    @Test("it remembers no more than it may, nor for longer than the issuer's setting, and forgets when told to")
    func bounds() async throws {
        let fixture = try await Fixture()
        let gate = try Self.gate(fixture, maximumEntries: 8)
        for number in 0..<50 {
            let token = try fixture.issuer.token("EdDSA", claims: TestIssuer.claims.replacingOccurrences(of: "alice", with: "user-\(number)"))
            #expect(await gate.settle(head([Self.bearer(token)])).decision.principal?.subject == "user-\(number)")
            #expect(gate.snapshot.remembered <= 8)
        }
        let token = try fixture.issuer.token("EdDSA")
        _ = await gate.settle(head([Self.bearer(token)]))
        gate.forgetAll()
        #expect(gate.snapshot.remembered == 0)
        #expect(await !gate.settle(head([Self.bearer(token)])).atOnce)
        #expect(await gate.settle(head([Self.bearer(token)])).atOnce)
        fixture.clock.advance(by: .seconds(301))
        #expect(await !gate.settle(head([Self.bearer(token)])).atOnce)
    }

    @Test("without a credential the challenge says where to get one and names no error", arguments: [[], [("Authorization", "Basic YWxpY2U6eA==")], [("Authorization", "")]])
    func noCredential(fields: [(String, String)]) async throws {
        let fixture = try await Fixture()
        let gate = try Self.gate(fixture, policy: try ScopePolicy(server: ["mcp"], tools: ["transfer": ["write"]]))
        let decision = gate.decide(head(fields))
        #expect(decision.status == 401)
        #expect(decision.challenge == "Bearer resource_metadata=\"\(Self.metadata)\", scope=\"mcp\"")
        let withTool = gate.decide(head(fields + [("Mcp-Method", " tools/call "), ("Mcp-Name", "transfer")]))
        #expect(withTool.challenge == "Bearer resource_metadata=\"\(Self.metadata)\", scope=\"mcp write\"")
        let body = try RawJSON(try #require(decision.response?.body))
        #expect(body["error"]?["code"]?.int == -32600 && body["jsonrpc"]?.string == "2.0")
    }

    @Test("a bad token is refused with the reason, fixed in its words")
    func invalidToken() async throws {
        let fixture = try await Fixture()
        let gate = try Self.gate(fixture, policy: try ScopePolicy(server: ["mcp"]))
        let decision = await gate.settle(head([Self.bearer(try await TestIssuer.stranger.value.token())])).decision
        #expect(decision.status == 401)
        #expect(
            decision.challenge
                == "Bearer resource_metadata=\"\(Self.metadata)\", scope=\"mcp\", error=\"invalid_token\", error_description=\"The signature of the token is not valid\"")
        #expect(gate.snapshot.remembered == 0)
    }

    @Test("a credential shown in a way that is not accepted is refused before anybody looks at it", arguments: [
        ([("Authorization", "Bearer aaaa.bbbb.cccc"), ("authorization", "Bearer aaaa.bbbb.cccc")], "/mcp"),
        ([("Authorization", "Bearer aaaa.bbbb.cccc"), ("X-API-Key", "ilk_a_b")], "/mcp"),
        ([("X-API-Key", "a"), ("x-api-key", "b")], "/mcp"),
        ([("Authorization", "Bearer aaaa, Bearer bbbb")], "/mcp"), ([("Authorization", "Bearer")], "/mcp"), ([("Authorization", "Bearer ")], "/mcp"),
        ([("Authorization", "Bearer\taaaa")], "/mcp"), ([("Authorization", "Bearer a=b")], "/mcp"), ([("Authorization", "Bearer \u{E9}")], "/mcp"),
        ([("Authorization", "Bearer " + String(repeating: "a", count: 8_193))], "/mcp"), ([("X-API-Key", String(repeating: "a", count: 8_193))], "/mcp"),
        ([], "/mcp?access_token=secret"), ([], "/mcp?a=b&access_token=secret"), ([], "/mcp?ACCESS_TOKEN=secret"), ([], "/mcp?access%5Ftoken=secret"),
        ([], "/mcp?%61ccess_token"), ([("Authorization", "Bearer aaaa.bbbb.cccc")], "/mcp?x=1;access_token=secret"),
    ])
    func malformed(fields: [(String, String)], target: String) async throws {
        let fixture = try await Fixture()
        let gate = try Self.gate(fixture)
        let decision = gate.decide(head(fields, target: target))
        #expect(decision.status == 400)
        #expect(decision.challenge?.contains("error=\"invalid_request\"") == true)
        #expect(gate.snapshot.malformed == 1 && fixture.fetcher.count == 0)
        let text = String(decoding: decision.response?.body ?? [], as: UTF8.self) + (decision.challenge ?? "")
        #expect(!text.contains("secret") && !text.contains("aaaa"))
    }

    @Test("why a request is refused is noted where somebody traces, in the words of the metrics; nothing is noted of one that is let in")
    func noted() async throws {
        let fixture = try await Fixture()
        let gate = try Self.gate(fixture, policy: try ScopePolicy(server: ["read"], tools: ["transfer": ["admin"]]))
        let (good, strange) = (try fixture.issuer.token("EdDSA"), try await TestIssuer.stranger.value.token())
        let cases: [(fields: [(String, String)], target: String, reason: String?)] = [
            ([], "/mcp", "missing"), ([], "/mcp?access_token=secret", "malformed_request"), ([Self.bearer(strange)], "/mcp", "signature"),
            ([Self.bearer(good), ("Mcp-Method", "tools/call"), ("Mcp-Name", "transfer")], "/mcp", "insufficient_scope"), ([Self.bearer(good)], "/mcp", nil),
        ]
        for (fields, target, reason) in cases {
            var head = head(fields, target: target)
            let steps = RequestSteps()
            head.steps = steps
            #expect((await gate.settle(head).decision.principal == nil) == (reason != nil))
            #expect(steps.refusal == reason.map { RequestSteps.Refusal(gate: "authorization", reason: $0) })
            if let reason { #expect(gate.snapshot.refusals[reason] == 1) }
        }
    }

    @Test("a query that only looks like it is no token")
    func harmlessQueries() async throws {
        let gate = try Self.gate(try await Fixture())
        for target in ["/mcp", "/mcp?", "/mcp?x=access_token", "/mcp?access_tokens=1", "/mcp?%=1", "/mcp?%zz", "/access_token=1"] {
            #expect(gate.decide(head(target: target)).status == 401)
        }
    }

    @Test("what a request needs is told in full, whatever the caller has, and hierarchies count")
    func scopes() async throws {
        let hierarchy = try ScopeHierarchy(["admin": ["write"], "write": ["read"]])
        let policy = try ScopePolicy(
            server: ["read"], methods: ["tools/call": ["call"]], tools: ["transfer": ["write"], "größe": ["admin"]], hierarchy: hierarchy)
        let fixture = try await Fixture()
        let gate = try Self.gate(fixture, policy: policy)
        func decide(_ scopes: String, _ fields: [(String, String)]) async throws -> GateDecision {
            let token = try fixture.issuer.token("EdDSA", claims: TestIssuer.claims.replacingOccurrences(of: "read write", with: scopes))
            let first = await gate.settle(head([Self.bearer(token)] + fields)).decision
            let again = await gate.settle(head([Self.bearer(token)] + fields))
            #expect(again.decision.status == first.status, "from memory as when verified")
            return first
        }
        let transfer = [("Mcp-Method", "tools/call"), ("Mcp-Name", "transfer")]
        #expect(try await decide("read", []).principal?.scopes == ["read"])
        #expect(try await decide("admin", []).principal?.scopes == ["admin", "write", "read"])
        #expect(try await decide("write call", transfer).principal != nil)
        let refused = try await decide("read", transfer)
        #expect(refused.status == 403)
        #expect(refused.challenge == "Bearer resource_metadata=\"\(Self.metadata)\", scope=\"call read write\", error=\"insufficient_scope\"")
        #expect(try await decide("write call", [("Mcp-Method", "tools/call"), ("Mcp-Name", "=?base64?Z3LDtsOfZQ==?=")]).status == 403)
        #expect(try await decide("admin call", [("Mcp-Method", "tools/call"), ("Mcp-Name", "=?base64?Z3LDtsOfZQ==?=")]).principal != nil)
        #expect(try await decide("read", [("Mcp-Method", "prompts/get"), ("Mcp-Name", "transfer")]).principal != nil)
    }

    @Test("when nobody can tell, nobody gets in, and the answer says when to come back")
    func unavailable() async throws {
        let fixture = try await Fixture()
        fixture.fetcher.answer { _ in throw ScriptedFetcher.Down() }
        let gate = try Self.gate(fixture)
        let decision = await gate.settle(head([Self.bearer(try fixture.issuer.token())])).decision
        #expect(decision.status == 503)
        #expect(decision.response?.headers.first { $0.name == "retry-after" }?.value == "5")
        #expect(gate.snapshot.unavailable == 1 && gate.snapshot.remembered == 0)
    }

    @Test("a gate for API keys alone challenges without metadata")
    func withoutMetadata() async throws {
        let gate = try AuthorizationGate(
            verifiers: [APIKeyVerifier(try APIKeyTable([]))], configuration: .init(), clock: ManualClock(), logger: LogCapture().logger)
        #expect(gate.decide(head()).challenge == "Bearer realm=\"mcp\"")
        #expect(gate.decide(head([Self.bearer("opaque")])).status == 401)
    }

    @Test("a gate that could not work is not made")
    func misuse() async throws {
        let fixture = try await Fixture()
        #expect(throws: AuthorizationError.self) { try AuthorizationGate(verifiers: [], configuration: .init(), logger: fixture.log.logger) }
        #expect(throws: AuthorizationError.self) { try Self.gate(fixture, metadataURI: "https://mcp.example/\"") }
        #expect(throws: AuthorizationError.self) {
            try AuthorizationGate(verifiers: [fixture.verifier], configuration: .init(apiKeyHeader: "Authorization"), logger: fixture.log.logger)
        }
    }
}
