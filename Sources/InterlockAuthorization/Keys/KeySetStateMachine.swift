import InterlockConcurrency

/// Which keys are at hand, how good they still are, and whether the issuer may be asked now.
///
/// Fetches are counted: who was told to fetch says for which one, so that a late comer does not begin another.
struct KeySetStateMachine<Key: Sendable>: Sendable {
    enum Answer {
        /// Look here; and have the set fetched in the background if a number is given.
        case keys([Key], refresh: Int?)
        /// Wait for the fetch of this number, then ask again.
        case fetch(Int)
        /// There is no set that could be believed, and the issuer may not be asked yet.
        case unavailable(retryAfter: Duration)
    }

    private struct Loaded {
        var keys: [Key]
        var fetchedAt: MonotonicTime
        var refreshAt: MonotonicTime
        var freshUntil: MonotonicTime
    }

    private let configuration: KeySetConfiguration
    private var loaded: Loaded?
    private var nextAttempt = MonotonicTime(nanoseconds: .min)
    private var nextUnknown = MonotonicTime(nanoseconds: .min)
    /// The number of the fetch that is under way or will come next.
    private(set) var fetchNumber = 0
    /// Somebody was told to fetch; others may wait with them.
    private var isWanted = false
    private var isUnderWay = false
    private(set) var fetches = 0
    private(set) var failures = 0

    init(_ configuration: KeySetConfiguration) {
        self.configuration = configuration
    }

    var keyCount: Int { loaded?.keys.count ?? 0 }

    func age(now: MonotonicTime) -> Duration? { loaded.map { now - $0.fetchedAt } }

    /// Somebody needs a key.
    ///
    /// - Parameter hasWaited: Whether a fetch has just ended for this request: then it takes what there is.
    mutating func look(now: MonotonicTime, hasWaited: Bool) -> Answer {
        guard let loaded, now - loaded.fetchedAt <= configuration.maximumAge || now < loaded.freshUntil else {
            if !hasWaited, isWanted || now >= nextAttempt { return want() }
            return .unavailable(retryAfter: max(.seconds(1), nextAttempt - now))
        }
        if now >= loaded.freshUntil {
            if !hasWaited, isWanted || now >= nextAttempt { return want() }
            return .keys(loaded.keys, refresh: nil)
        }
        guard now >= loaded.refreshAt, !isWanted, now >= nextAttempt, case .fetch(let number) = want() else { return .keys(loaded.keys, refresh: nil) }
        return .keys(loaded.keys, refresh: number)
    }

    /// The keys at hand do not have the one that is asked for: the fetch to wait for, or `nil` if the set is to be believed.
    mutating func lookForUnknown(now: MonotonicTime) -> Int? {
        if !isWanted {
            guard now >= nextUnknown, now >= nextAttempt else { return nil }
        }
        guard case .fetch(let number) = want() else { return nil }
        return number
    }

    /// A fetch is to begin now; false if it has begun or ended already.
    mutating func begin(_ number: Int, now: MonotonicTime) -> Bool {
        guard number == fetchNumber, !isUnderWay else { return false }
        isUnderWay = true
        fetches += 1
        nextUnknown = now + configuration.unknownKeyInterval
        return true
    }

    /// The fetch that is under way has brought a set.
    mutating func succeed(_ keys: [Key], allowedSeconds: Int?, now: MonotonicTime) {
        end()
        let lifetime = configuration.lifetime(allowed: allowedSeconds)
        loaded = Loaded(keys: keys, fetchedAt: now, refreshAt: now + lifetime * configuration.refreshAfter, freshUntil: now + lifetime)
        nextAttempt = now
    }

    /// The fetch that is under way has failed; the last good set stays.
    mutating func fail(now: MonotonicTime) {
        end()
        failures += 1
        nextAttempt = now + configuration.retryInterval
    }

    private mutating func want() -> Answer {
        isWanted = true
        return .fetch(fetchNumber)
    }

    private mutating func end() {
        isUnderWay = false
        isWanted = false
        fetchNumber += 1
    }
}
