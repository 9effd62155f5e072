import InterlockAuthorization
import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

/// What the proofs about tokens are worth: each is held against the verifier as it is and against one that lacks a single guard, and must fail with that.
///
/// The guards of signed tokens have their controls in `JWTAttackTests`.
@Suite("Every proof about credentials fails without the guard it is about", .timeLimit(.minutes(5)))
struct GuardControlTests {
    /// Whether a gate over this verifier keeps a promise.
    typealias Proof = @Sendable (Control.Setup) async throws -> Bool

    struct Control: Sendable, CustomTestStringConvertible {
        struct Setup {
            let clock: ManualClock
            let fetcher: ScriptedFetcher
            let gate: AuthorizationGate
            let key: APIKey
            let table: APIKeyVerifier

            func lets(_ token: String, by field: String = "Authorization") async -> Bool {
                await gate.settle(head([(field, field == "Authorization" ? "Bearer \(token)" : token)])).decision.principal != nil
            }
        }

        var name: String
        var proof: Proof
        /// The verifier without the guard, made of the sound ones.
        var broken: @Sendable (IntrospectionVerifier, APIKeyVerifier, ScriptedFetcher) -> any CredentialVerifier
        var testDescription: String { name }
    }

    static let all: [Control] = [
        Control(
            name: "audience of an introspected token",
            proof: { setup in
                setup.fetcher.answer(json: #"{"active":true,"iss":"https://issuer.example","aud":"https://other.example/mcp","sub":"alice"}"#)
                return await !setup.lets("opaque-1")
            },
            broken: { _, _, fetcher in ActiveIsEnough(fetcher: fetcher) }),
        Control(
            name: "issuer of an introspected token",
            proof: { setup in
                setup.fetcher.answer(json: #"{"active":true,"iss":"https://evil.example","aud":"https://mcp.example/mcp","sub":"alice"}"#)
                return await !setup.lets("opaque-1")
            },
            broken: { _, _, fetcher in ActiveIsEnough(fetcher: fetcher) }),
        Control(
            name: "end of a remembered introspection",
            proof: { setup in
                guard await setup.lets("opaque-1") else { return false }
                setup.clock.advance(by: .seconds(31))  // a second past the token's `exp`, well within the minute that answers are kept
                return await !setup.lets("opaque-1")
            },
            broken: { introspection, _, _ in WithoutEnd(inner: introspection) }),
        Control(
            name: "revocation of an introspected token, a minute late at most",
            proof: { setup in
                setup.fetcher.answer(json: #"{"active":true,"iss":"https://issuer.example","aud":"https://mcp.example/mcp","sub":"alice"}"#)
                guard await setup.lets("opaque-1") else { return false }
                setup.fetcher.answer(json: #"{"active":false}"#)
                setup.clock.advance(by: .seconds(60))
                return await !setup.lets("opaque-1")
            },
            broken: { introspection, _, _ in KeptForAnHour(inner: introspection) }),
        Control(
            name: "every byte of an API key",
            proof: { setup in
                guard await setup.lets(setup.key.text, by: "X-API-Key") else { return false }
                for place in [setup.key.text.utf8.count - 1, setup.key.text.utf8.count - 20, 8] {
                    var bytes = Array(setup.key.text.utf8)
                    bytes[place] = bytes[place] == 0x61 ? 0x62 : 0x61
                    if await setup.lets(String(decoding: bytes, as: UTF8.self), by: "X-API-Key") { return false }
                }
                return true
            },
            broken: { _, keys, _ in BeginningIsEnough(inner: keys) }),
        Control(
            name: "the whole of an API key",
            proof: { setup in
                guard await setup.lets(setup.key.text, by: "X-API-Key") else { return false }
                let (shorter, longer) = (await setup.lets(String(setup.key.text.dropLast(8)), by: "X-API-Key"), await setup.lets(setup.key.text + "0", by: "X-API-Key"))
                return !shorter && !longer
            },
            broken: { _, keys, _ in BeginningIsEnough(inner: keys) }),
        Control(
            name: "revocation of an API key with the next request",
            proof: { setup in
                guard await setup.lets(setup.key.text), await setup.lets(setup.key.text) else { return false }
                setup.table.replace(try APIKeyTable([]))
                return await !setup.lets(setup.key.text)
            },
            broken: { _, keys, _ in KeptForAnHour(inner: keys) }),
        Control(
            name: "end of an API key",
            proof: { setup in
                guard await setup.lets(setup.key.text) else { return false }
                setup.clock.advance(by: .seconds(60))
                return await !setup.lets(setup.key.text)
            },
            broken: { _, keys, _ in WithoutEnd(inner: keys) }),
    ]

    private static func setup(_ broken: Control?) throws -> Control.Setup {
        let (clock, log) = (ManualClock(), LogCapture())
        let fetcher = ScriptedFetcher(json: IntrospectionTests.active)
        let key = try APIKeyTests.key("ci")
        let table = APIKeyVerifier(try APIKeyTable(parsing: APIKeyTests.file(key, #","expires":"2026-01-01T00:01:00Z""#)), clock: clock)
        let introspection = try IntrospectionVerifier(
            IntrospectionConfiguration(
                url: "https://issuer.example/introspect", clientId: "server", clientSecret: "secret-of-the-server", issuer: TestIssuer.name, audiences: [TestIssuer.resource],
                skew: .zero),
            fetcher: fetcher, clock: clock, logger: log.logger)
        let verifiers: [any CredentialVerifier] = if let broken { [broken.broken(introspection, table, fetcher), table, introspection] } else { [table, introspection] }
        let gate = try AuthorizationGate(verifiers: verifiers, configuration: .init(), clock: clock, logger: log.logger)
        return Control.Setup(clock: clock, fetcher: fetcher, gate: gate, key: key, table: table)
    }

    @Test("it holds for the verifiers as they are", arguments: all)
    func holds(control: Control) async throws {
        #expect(try await control.proof(Self.setup(nil)))
    }

    @Test("it fails without its guard", arguments: all)
    func fails(control: Control) async throws {
        #expect(try await !control.proof(Self.setup(control)), "the proof would not notice that this guard is missing")
    }
}

// MARK: - Verifiers that lack one guard

/// Believes an active token whoever it is from and for.
private struct ActiveIsEnough: CredentialVerifier {
    let fetcher: ScriptedFetcher

    func recognizes(_ credential: Credential) -> Bool { credential.source == .bearer }

    func verify(_ credential: Credential) async -> Verification {
        do {
            let request = FetchRequest(method: .post, url: "https://issuer.example/introspect", headers: [], body: [], timeout: .seconds(1), maximumBytes: 65_536)
            let answer = try JSONValue(parsing: await fetcher.fetch(request).body)
            guard answer["active"]?.bool == true, let subject = answer["sub"]?.string else { return .refused(CredentialRefusal(.inactive, "The token is not active")) }
            return .verified(VerifiedCredential(principal: Principal(subject: subject, issuer: TestIssuer.name, tenant: nil, scopes: []), expiresAt: nil, keepFor: .zero))
        } catch {
            return .unavailable(retryAfter: .seconds(1))
        }
    }
}

/// Forgets to say when a credential ends, and remembers the first answer.
private final class WithoutEnd<Inner: CredentialVerifier>: CredentialVerifier {
    private let inner: Inner
    private let known = Mutex<[TokenDigest: Verification]>([:])

    init(inner: Inner) { self.inner = inner }

    func recognizes(_ credential: Credential) -> Bool { inner.recognizes(credential) }

    func verify(_ credential: Credential) async -> Verification {
        if let answer = known.withLock({ $0[credential.digest] }) { return answer }
        var answer = inner.verifyNow(credential)
        if answer == nil { answer = await inner.verify(credential) }
        if case .verified(var verified) = answer {
            verified.expiresAt = nil
            answer = .verified(verified)
            known.withLock { $0[credential.digest] = .verified(verified) }
        }
        return answer ?? .refused(CredentialRefusal(.unknownCredential, "The key is not known"))
    }
}

/// Lets the gate remember every answer for an hour, as none may be.
private struct KeptForAnHour<Inner: CredentialVerifier>: CredentialVerifier {
    let inner: Inner

    func recognizes(_ credential: Credential) -> Bool { inner.recognizes(credential) }

    func verify(_ credential: Credential) async -> Verification {
        var answer = inner.verifyNow(credential)
        if answer == nil { answer = await inner.verify(credential) }
        guard case .verified(var verified) = answer else { return answer ?? .refused(CredentialRefusal(.unknownCredential, "The key is not known")) }
        verified.keepFor = .seconds(3_600)
        return .verified(verified)
    }
}

/// Takes a key that begins as one that it has seen verified.
private final class BeginningIsEnough: CredentialVerifier {
    private let inner: APIKeyVerifier
    private let seen = Mutex<(beginning: String, answer: Verification)?>(nil)

    init(inner: APIKeyVerifier) { self.inner = inner }

    func recognizes(_ credential: Credential) -> Bool { inner.recognizes(credential) }

    func verify(_ credential: Credential) async -> Verification {
        if let seen = seen.withLock({ $0 }), credential.token.hasPrefix(seen.beginning) { return seen.answer }
        let answer = inner.verifyNow(credential) ?? .refused(CredentialRefusal(.unknownCredential, "The key is not known"))
        if answer.principal != nil { seen.withLock { $0 = (String(credential.token.prefix(16)), answer) } }
        return answer
    }
}
