public import InterlockConcurrency
import InterlockProtocol
public import Logging

/// Verifies opaque tokens by asking the authorization server that issued them (RFC 7662).
///
/// Answers are remembered by the token's digest: a yes until the token expires and no longer than configured, a no for a
/// few seconds. One request serves all who show the same token meanwhile. While the authorization server keeps failing it is left alone
/// and nobody gets in (HTTP 503).
public final class IntrospectionVerifier: CredentialVerifier {
    private let configuration: IntrospectionConfiguration
    private let address: FetchAddress
    private let authorization: String
    private let fetcher: any HTTPFetching
    private let clock: any SchedulingClock
    private let logger: Logger
    private let answers: LRUCache<TokenDigest, Verification>
    private let flight: SingleFlight<TokenDigest, Verification>
    private let limiter: Limiter
    private let breaker: CircuitBreaker

    /// Makes a verifier that knows no token yet.
    ///
    /// - Throws: ``AuthorizationError`` if the endpoint is not encrypted, not on this machine and not allowed by name, or if a name is missing.
    public init(
        _ configuration: IntrospectionConfiguration, fetcher: any HTTPFetching, clock: any SchedulingClock = SystemClock.shared, logger: Logger
    ) throws(AuthorizationError) {
        address = try FetchAddress(configuration.url, for: "the introspection endpoint", insecureHosts: configuration.insecureHosts)
        guard !configuration.issuer.isEmpty, !configuration.clientId.isEmpty else {
            throw AuthorizationError(.invalidIssuer, "introspection needs the issuer's name and the name of this server as its client")
        }
        guard !configuration.requiresAudience || !configuration.audiences.isEmpty else {
            throw AuthorizationError(.invalidIssuer, "introspection has no audience: without one, tokens for any other server would be accepted here")
        }
        let pair = FormEncoding.encode(configuration.clientId) + ":" + FormEncoding.encode(configuration.clientSecret)
        authorization = "Basic " + Base64.encode(pair.utf8)
        self.configuration = configuration
        self.fetcher = fetcher
        self.clock = clock
        self.logger = logger
        answers = LRUCache(.entries(configuration.maximumEntries), name: "introspected tokens", clock: clock)
        flight = SingleFlight(queue: QueueConfiguration(depth: max(1, configuration.maximumWaiting)), name: "introspection", clock: clock)
        limiter = Limiter(
            limit: configuration.maximumConcurrent,
            queue: .init(depth: configuration.maximumWaiting, deadline: configuration.timeout, whenFull: .rejectNewest), name: "introspection", clock: clock)
        breaker = CircuitBreaker(
            CircuitBreakerConfiguration(window: .calls(20), minimumCalls: 5, failureRate: 0.5, openDuration: configuration.openDuration, probes: 1),
            name: "introspection", clock: clock)
    }

    /// Any bearer token: put it after the verifiers that are choosier.
    public func recognizes(_ credential: Credential) -> Bool { credential.source == .bearer }

    public func verify(_ credential: Credential) async -> Verification {
        guard credential.token.utf8.count <= configuration.maximumTokenBytes else { return .refused(.tooLarge) }
        let digest = credential.digest
        if let answer = answers.value(for: digest) { return current(answer) }
        do {
            return try await flight.value(for: digest, deadline: clock.now + configuration.timeout) { [self] in
                // Who looked just before another's answer was remembered, and comes when that one has it, finds it here.
                if let answer = answers.value(for: digest) { return current(answer) }
                let answer = try await limiter.withPermit { try await breaker.run { try await ask(credential) } }
                remember(answer, digest)
                return answer
            }
        } catch {
            // Who is turned away while the server is left alone is no news: its failures were logged.
            let level: Logger.Level = error is AcquireError || error is CancellationError ? .debug : .warning
            logger.log(level: level, "a token could not be introspected", metadata: ["endpoint": "\(address.text)", "reason": "\(error)"])
            let wait = (error as? AcquireError)?.retryAfter ?? .seconds(1)
            return .unavailable(retryAfter: max(.seconds(1), wait))
        }
    }

    /// Forgets what was remembered, as after a revocation that must count at once.
    public func forgetAll() { answers.removeAll() }

    /// Answers remembered now.
    public var rememberedCount: Int { answers.snapshot.entries }

    private func ask(_ credential: Credential) async throws -> Verification {
        let body = "token=" + FormEncoding.encode(credential.token) + "&token_type_hint=access_token"
        let response: FetchResponse
        do {
            response = try await fetcher.fetch(
                FetchRequest(
                    method: .post, url: address.text,
                    headers: [
                        ("authorization", authorization), ("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json"),
                    ], body: Array(body.utf8), timeout: configuration.timeout, maximumBytes: configuration.maximumBytes))
        } catch {
            // However the fetcher says it: a request that was given up says nothing about the authorization server, and must not open the breaker.
            if Task.isCancelled || error is CancellationError { throw CancellationError() }
            // The request held the token and the secret; only the kind of what went wrong is safe to repeat.
            throw AuthorizationError(.fetchFailed, "the introspection endpoint could not be asked (\(type(of: error)))")
        }
        guard response.status == 200 else {
            let hint = response.status == 401 ? ": check the client's name and secret" : ""
            throw AuthorizationError(.fetchFailed, "the introspection endpoint answered \(response.status)\(hint)")
        }
        return try IntrospectionAnswer.read(response.body, configuration, wallTime: clock.wallTime)
    }

    private func remember(_ answer: Verification, _ digest: TokenDigest) {
        switch answer {
        case .verified(let credential):
            let rest = credential.expiresAt.map { Duration.milliseconds(max(0, $0 - clock.wallTime)) } ?? configuration.keepActive
            let keep = min(configuration.keepActive, rest)
            if keep > .zero { answers.set(answer, for: digest, ttl: keep) }
        case .refused:
            if configuration.keepInactive > .zero { answers.set(answer, for: digest, ttl: configuration.keepInactive) }
        case .unavailable:
            break
        }
    }

    /// A remembered answer, unless the wall clock has moved past the token's end meanwhile.
    private func current(_ answer: Verification) -> Verification {
        if case .verified(let credential) = answer, let end = credential.expiresAt, clock.wallTime >= end { return .refused(.expired) }
        return answer
    }
}
