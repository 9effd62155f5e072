public import InterlockConcurrency
import InterlockProtocol
public import InterlockTransport
public import Logging
import Synchronization

/// Lets in who shows a good credential that allows the request, before its body is read.
///
/// One credential a request: `Authorization: Bearer`, or an API key in the header field for them; never in the query. The answer is given at once
/// when the token was verified before and is still remembered, by its SHA-256, and from elsewhere later, since a signature or
/// a question to the issuer is too much for the thread that reads requests. A remembered token ends with its own time,
/// on the wall clock, and after the time its verifier allows.
///
/// What a principal may do is judged here by the head of the request; see ``ScopePolicy`` for what the runtime has to repeat.
public final class AuthorizationGate: RequestGate {
    private struct Known: Sendable {
        var principal: Principal
        var expiresAt: Int64
    }

    private let verifiers: [any CredentialVerifier]
    let configuration: AuthorizationGateConfiguration
    let refusals: Refusals
    private let known: LRUCache<TokenDigest, Known>
    private let counters = Mutex(AuthorizationSnapshot())
    private let clock: any SchedulingClock
    private let logger: Logger

    /// Makes a gate.
    ///
    /// - Parameters:
    ///   - verifiers: Asked in this order; the first that recognizes a credential decides alone.
    ///   - clock: Tells when credentials end.
    ///   - logger: Is told of refusals at the level `debug`, by their code.
    /// - Throws: ``AuthorizationError`` if there is no verifier, or if the metadata's address or the header field's name could not stand in a header.
    public init(
        verifiers: [any CredentialVerifier], configuration: AuthorizationGateConfiguration, clock: any SchedulingClock = SystemClock.shared, logger: Logger
    ) throws(AuthorizationError) {
        guard !verifiers.isEmpty else { throw AuthorizationError(.invalidIssuer, "a gate without verifiers lets nobody in: configure an issuer or API keys") }
        if let uri = configuration.metadataURI { _ = try WebAddress(uri, for: "the address of the metadata") }
        if let name = configuration.apiKeyHeader {
            let isToken = name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "-") }
            guard !name.isEmpty, isToken, name.lowercased() != "authorization" else {
                throw AuthorizationError(.invalidAddress, "the header field for API keys needs a name of letters, digits and hyphens other than Authorization")
            }
        }
        self.verifiers = verifiers
        self.configuration = configuration
        refusals = Refusals(metadataURI: configuration.metadataURI)
        known = LRUCache(.entries(configuration.maximumEntries), ttl: .seconds(3_600), name: "verified credentials", clock: clock)
        self.clock = clock
        self.logger = logger
    }

    /// Admits, refuses, or says that it will take a moment.
    public func decide(_ head: RequestHead) -> GateDecision {
        if AuthorizationFields.hasTokenInQuery(head.target) { return refuse(.tokenInQuery, head) }
        let fields = AuthorizationFields(head, apiKeyHeader: configuration.apiKeyHeader)
        let credential: Credential
        do throws(AuthorizationFields.Problem) {
            guard let found = try fields.credential(maximumBytes: configuration.maximumCredentialBytes) else {
                count { $0.missing += 1 }
                head.steps?.refuse("missing", by: Self.name)
                return .refuse(refusals.missing(needed: requirement(of: fields, head).scopes))
            }
            credential = found
        } catch {
            return refuse(error, head)
        }
        guard let verifier = verifiers.first(where: { $0.recognizes(credential) }) else { return refuse(.unknownCredential, requirement(of: fields, head)) }
        if let verification = verifier.verifyNow(credential) { return decide(verification, requirement(of: fields, head), remembering: nil) }
        let digest = credential.digest
        if let entry = known.value(for: digest), clock.wallTime < entry.expiresAt {
            return admit(entry.principal, requirement(of: fields, head), fromMemory: true)
        }
        let requirement = requirement(of: fields, head)
        return .later { [self] in await verify(credential, by: verifier, requirement, digest) }
    }

    /// Off the caller's executor, whichever that is: a signature takes a tenth of a millisecond.
    @concurrent
    private func verify(_ credential: Credential, by verifier: any CredentialVerifier, _ requirement: Requirement, _ digest: TokenDigest) async -> GateDecision {
        decide(await verifier.verify(credential), requirement, remembering: digest)
    }

    /// Forgets every verified credential: after a revocation that has to count at once, each is verified anew.
    public func forgetAll() { known.removeAll() }

    /// The state and the counters now.
    public var snapshot: AuthorizationSnapshot {
        var snapshot = counters.withLock { $0 }
        snapshot.remembered = known.snapshot.entries
        return snapshot
    }

    /// What the head says that a request needs.
    private struct Requirement: Sendable {
        var method: String?
        var name: String?
        var scopes: Set<String>
        /// Where a refusal is noted, if somebody traces.
        var steps: RequestSteps?
    }

    /// What metrics and traces call this gate.
    private static let name = "authorization"

    private func requirement(of fields: AuthorizationFields, _ head: RequestHead) -> Requirement {
        let name: String?
        do throws(HeaderValue.Malformed) {
            name = try (configuration.judgesTools ? fields.name : nil).map { value throws(HeaderValue.Malformed) in try HeaderValue.decode(value) }
        } catch {
            name = nil  // refused by the runtime, which compares the field with the body
        }
        let method = fields.method.map(\.trimmingSpaces)
        return Requirement(method: method, name: name, scopes: configuration.policy.requiredScopes(method: method, name: name), steps: head.steps)
    }

    private func decide(_ verification: Verification, _ requirement: Requirement, remembering digest: TokenDigest?) -> GateDecision {
        switch verification {
        case .verified(let credential):
            var principal = credential.principal
            principal.scopes = configuration.policy.hierarchy.expanding(principal.scopes)
            if let digest, credential.keepFor > .zero {
                known.set(Known(principal: principal, expiresAt: credential.expiresAt ?? .max), for: digest, ttl: credential.keepFor)
            }
            return admit(principal, requirement, fromMemory: false)
        case .refused(let refusal):
            return refuse(refusal, requirement)
        case .unavailable(let retryAfter):
            count { $0.unavailable += 1 }
            requirement.steps?.refuse("unavailable", by: Self.name)
            return .refuse(refusals.unavailable(retryAfter: retryAfter))
        }
    }

    private func admit(_ principal: Principal, _ requirement: Requirement, fromMemory: Bool) -> GateDecision {
        if !requirement.scopes.isSubset(of: principal.scopes) {
            count { $0.insufficient += 1 }
            requirement.steps?.refuse("insufficient_scope", by: Self.name)
            return .refuse(refusals.insufficient(needed: requirement.scopes))
        }
        count { fromMemory ? ($0.admittedFromMemory += 1) : ($0.admitted += 1) }
        return .admit(principal)
    }

    private func refuse(_ problem: AuthorizationFields.Problem, _ head: RequestHead) -> GateDecision {
        count { $0.malformed += 1 }
        head.steps?.refuse("malformed_request", by: Self.name)
        logger.debug("refused a request for the way it shows its credential", metadata: ["problem": "\(problem)"])
        return .refuse(refusals.malformed(problem))
    }

    private func refuse(_ refusal: CredentialRefusal, _ requirement: Requirement) -> GateDecision {
        count { $0.refused[refusal.code, default: 0] += 1 }
        if let steps = requirement.steps { steps.refuse(refusal.code.label, by: Self.name) }
        logger.debug("refused a credential", metadata: ["code": "\(refusal.code)"])
        return .refuse(refusals.invalid(refusal, needed: requirement.scopes))
    }

    private func count(_ change: (inout AuthorizationSnapshot) -> Void) {
        counters.withLock { change(&$0) }
    }
}

extension String {
    /// Without the spaces and tabs that a header's value may have around it.
    fileprivate var trimmingSpaces: String {
        func isSpace(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard isSpace(utf8.first) || isSpace(utf8.last) else { return self }
        var rest = utf8[...]
        while isSpace(rest.last) { rest.removeLast() }
        while isSpace(rest.first) { rest.removeFirst() }
        return String(Substring(rest))
    }
}
