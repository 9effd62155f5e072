public import InterlockConcurrency
public import Logging
import Synchronization

/// The keys that an issuer publishes at a URI (JWKS), kept at hand.
///
/// A set is fetched when it is first needed, again in the background before it gets old, and once when a token names
/// a key that it does not have: the issuer may have changed its keys. Fetches never overlap, and unknown keys cause at most one each
/// ``KeySetConfiguration/unknownKeyInterval``. While the issuer is down the last good set serves on, up to
/// ``KeySetConfiguration/maximumAge``; without one nobody gets in.
///
/// **Cancellation.** A request that is cancelled while it waits leaves alone; the fetch goes on for the others.
public final class KeySet: Sendable {
    enum Answer {
        case key(VerificationKey)
        case refused(CredentialRefusal)
        case unavailable(retryAfter: Duration)
    }

    private let address: KeySetAddress
    private let configuration: KeySetConfiguration
    private let fetcher: any HTTPFetching
    private let clock: any SchedulingClock
    private let logger: Logger
    private let state: Mutex<KeySetStateMachine<VerificationKey>>
    private let flight: SingleFlight<Int, Void>
    /// The newest fetch, under way or over.
    private let newest = Mutex<(number: Int, task: Task<Void, Never>)?>(nil)

    /// Makes a set that fetches nothing until it is needed.
    ///
    /// - Parameters:
    ///   - url: Where the issuer publishes its keys: `jwks_uri` of its metadata.
    ///   - fetcher: Makes the requests.
    ///   - clock: Measures ages and timeouts.
    ///   - logger: Is told of fetches that failed and of keys that are not used.
    /// - Throws: ``AuthorizationError`` if the URI is not encrypted, not on this machine and not allowed by name.
    public convenience init(
        url: String, fetcher: any HTTPFetching, configuration: KeySetConfiguration = .init(), clock: any SchedulingClock = SystemClock.shared, logger: Logger
    ) throws(AuthorizationError) {
        let address = try FetchAddress(url, for: "the address of the key set", insecureHosts: configuration.insecureHosts)
        self.init(KeySetAddress(address), fetcher, configuration, clock, logger)
    }

    /// Makes a set whose address the issuer's own metadata names, at one of its well-known addresses (RFC 8414, OpenID Connect Discovery).
    ///
    /// The metadata is asked for with the keys, when they are first needed, and again after its lifetime or when the keys were not where it said. Its
    /// `issuer` must be this one, byte by byte, and its `jwks_uri` is under the same rule as a configured address. Metadata and keys together
    /// take ``KeySetConfiguration/timeout`` at most, and ``KeySetConfiguration/maximumBytes`` each.
    ///
    /// - Parameter issuer: The `iss` of its tokens: an `https` URI without query and fragment.
    /// - Throws: ``AuthorizationError`` if the issuer is no such URI, or may not be asked.
    public convenience init(
        issuer: String, fetcher: any HTTPFetching, configuration: KeySetConfiguration = .init(), clock: any SchedulingClock = SystemClock.shared, logger: Logger
    ) throws(AuthorizationError) {
        let metadata = try IssuerMetadata(of: issuer, insecureHosts: configuration.insecureHosts)
        self.init(KeySetAddress(metadata), fetcher, configuration, clock, logger)
    }

    private init(
        _ address: KeySetAddress, _ fetcher: any HTTPFetching, _ configuration: KeySetConfiguration, _ clock: any SchedulingClock, _ logger: Logger
    ) {
        self.address = address
        self.configuration = configuration
        self.fetcher = fetcher
        self.clock = clock
        self.logger = logger
        state = Mutex(KeySetStateMachine(configuration))
        // One more for who stays with a fetch until it ends.
        flight = SingleFlight(queue: QueueConfiguration(depth: max(1, configuration.maximumWaiting) + 1), name: "the key set", clock: clock)
    }

    /// The state and the counters now.
    public var snapshot: KeySetSnapshot {
        let now = clock.now
        return state.withLock { KeySetSnapshot(keys: $0.keyCount, age: $0.age(now: now), fetches: $0.fetches, failures: $0.failures) }
    }

    /// Who waits for a fetch now, with one who stays with it until it ends. For tests.
    var waiting: Int { flight.snapshot.waiting }

    /// The key a token was signed with, after a fetch if one is due.
    ///
    /// - Parameter requiresKeyId: Whether a token has to name its key when the set has several.
    func key(_ kid: String?, _ algorithm: SignatureAlgorithm, requiresKeyId: Bool = true) async -> Answer {
        let deadline = clock.now + configuration.timeout
        var hasWaited = false
        while true {
            switch state.withLock({ $0.look(now: clock.now, hasWaited: hasWaited) }) {
            case .unavailable(let retryAfter):
                return .unavailable(retryAfter: retryAfter)
            case .fetch(let number):
                hasWaited = true
                // Whether it came in time or not: now the set at hand decides, if there is one that may be believed.
                _ = await wait(for: number, until: deadline)
            case .keys(let keys, let refresh):
                if let refresh { refreshInBackground(refresh) }
                guard let kid else {
                    guard keys.count == 1 || !requiresKeyId else { return .refused(.keyId) }
                    return keys.first { $0.supports(algorithm) }.map(Answer.key) ?? .refused(.algorithm)
                }
                let named = keys.filter { $0.kid?.utf8.elementsEqual(kid.utf8) ?? false }
                if let key = named.first(where: { $0.supports(algorithm) }) { return .key(key) }
                guard named.isEmpty else { return .refused(.algorithm) }
                guard !hasWaited, let number = state.withLock({ $0.lookForUnknown(now: clock.now) }) else { return .refused(.unknownKey) }
                hasWaited = true
                guard await wait(for: number, until: deadline) else { return .unavailable(retryAfter: .seconds(1)) }
            }
        }
    }

    /// Waits until a fetch has ended, well or not; false if that took too long or too many wait.
    private func wait(for number: Int, until deadline: MonotonicTime?) async -> Bool {
        do {
            try await flight.value(for: number, deadline: deadline) { [self] in await fetchTask(number)?.value }
            return true
        } catch {
            logger.debug("a request did not wait for the issuer's keys any longer", metadata: ["keys": "\(address.text)", "reason": "\(error)"])
            return false
        }
    }

    private func refreshInBackground(_ number: Int) {
        // Nobody awaits it: the set at hand is good. One at a time; its failure is logged by the fetch.
        Task { await wait(for: number, until: clock.now + configuration.timeout) }
    }

    /// The fetch of this number, begun now unless it has been; `nil` if it is over and another has begun since.
    ///
    /// It is a task by itself, so that the last one who leaves does not cancel what the next one needs. It ends by the fetcher's timeout.
    private func fetchTask(_ number: Int) -> Task<Void, Never>? {
        newest.withLock { newest in
            guard state.withLock({ $0.begin(number, now: clock.now) }) else { return newest.flatMap { $0.number == number ? $0.task : nil } }
            let task = Task { await fetch() }
            // Awaited by nobody, and waits with the others until the fetch has ended: a flight that all have left would keep a place until then.
            Task { await wait(for: number, until: nil) }
            newest = (number, task)
            return task
        }
    }

    private func fetch() async {
        do {
            let deadline = clock.now + configuration.timeout
            let place = try await address.current(configuration, fetcher, clock, until: deadline)
            let left = deadline - clock.now
            guard left > .zero else { throw AuthorizationError(.fetchFailed, "the issuer's metadata took all the time there was for its keys") }
            let response = try await fetcher.fetch(
                FetchRequest(
                    method: .get, url: place.text, headers: [("accept", "application/jwk-set+json, application/json")],
                    timeout: left, maximumBytes: configuration.maximumBytes))
            guard response.status == 200 else { throw AuthorizationError(.fetchFailed, "the issuer answered \(response.status) when it was asked for its keys") }
            let document = try await KeySetDocument(response.body, maximumBytes: configuration.maximumBytes, maximumKeys: configuration.maximumKeys)
            for reason in document.unusable {
                logger.notice("a key of the issuer is not used", metadata: ["keys": "\(address.text)", "reason": "\(reason.rawValue)"])
            }
            state.withLock { $0.succeed(document.keys, allowedSeconds: response.maximumAge, now: clock.now) }
        } catch {
            address.forget()
            state.withLock { $0.fail(now: clock.now) }
            logger.warning("the issuer's keys could not be fetched", metadata: ["keys": "\(address.text)", "reason": "\(error)"])
        }
    }
}

/// The state and the counters of a ``KeySet`` at one moment. Counters run since it was made.
public struct KeySetSnapshot: Sendable, Hashable {
    /// Keys at hand.
    public var keys: Int
    /// The time since they were fetched; `nil` before the first time.
    public var age: Duration?
    /// Fetches begun.
    public var fetches: Int
    /// Fetches that failed.
    public var failures: Int
}
