import InterlockAuthorization
import InterlockConcurrency
import InterlockSimulation
import InterlockTransport

/// A verifier that trusts the test's issuer, with the clock and the fetcher it hangs on.
struct Fixture: Sendable {
    let clock = ManualClock()
    let issuer: TestIssuer
    let fetcher: ScriptedFetcher
    let keys: KeySet
    let verifier: JWTVerifier
    let log = LogCapture()

    init(
        omitting: JWTGuard? = nil, algorithms: Set<SignatureAlgorithm>? = nil, document: String? = nil, configuration: KeySetConfiguration = .init(),
        gate: Gate? = nil, claims: ClaimMapping = .init(tenant: ["org", "id"])
    ) async throws {
        issuer = try await TestIssuer.shared.value
        let text = try document ?? issuer.document
        fetcher = ScriptedFetcher(gate: gate) { _ in FetchResponse(status: 200, body: Array(text.utf8)) }
        keys = try KeySet(url: "https://issuer.example/jwks", fetcher: fetcher, configuration: configuration, clock: clock, logger: log.logger)
        let trusted = try JWTIssuer(TestIssuer.name, keys: .published(keys), audiences: [TestIssuer.resource], algorithms: algorithms, claims: claims)
        verifier = try JWTVerifier([trusted], clock: clock, omitting: omitting)
    }

    func verify(_ token: String) async -> Verification { await verifier.verify(Credential(source: .bearer, token: token)) }
}

extension Verification {
    var principal: Principal? { if case .verified(let credential) = self { credential.principal } else { nil } }
    var refusal: CredentialRefusal.Code? { if case .refused(let refusal) = self { refusal.code } else { nil } }
    var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
}

/// Header fields in order, each as often as it occurs.
struct HeaderList: HeaderFields {
    var all: [(name: String, value: String)]

    init(_ all: [(String, String)]) { self.all = all.map { (name: $0.0, value: $0.1) } }

    func first(_ name: String) -> String? { all.first { $0.name.lowercased() == name.lowercased() }?.value }
}

func head(_ fields: [(String, String)] = [], target: String = "/mcp") -> RequestHead {
    RequestHead(method: "POST", target: target, headers: HeaderList(fields), connection: Connection(kind: .http1))
}

extension AuthorizationGate {
    /// The final answer, and whether it came at once.
    func settle(_ head: RequestHead) async -> (decision: GateDecision, atOnce: Bool) {
        let first = decide(head)
        guard case .later(let wait) = first else { return (first, true) }
        return (await wait(), false)
    }
}

extension GateDecision {
    var principal: Principal? { if case .admit(let principal) = self { principal } else { nil } }
    var response: OutboundResponse? { if case .refuse(let response) = self { response } else { nil } }
    var status: Int? { response?.status }
    var challenge: String? { response?.headers.first { $0.name == "www-authenticate" }?.value }
}
