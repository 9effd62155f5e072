import InterlockConcurrency

/// The life of one alert, from verdict to verdict.
///
/// A firing is announced at most once in the deduplication window. One that comes sooner stays quiet, and so does its end;
/// if it still goes on when the window is over, it is announced then. An unknown verdict ends what is pending and leaves
/// what fires as it is, since a number that is missing is no good news.
struct AlertStateMachine: Sendable {
    enum Announcement: Sendable, Hashable {
        case firing, resolved
    }

    private(set) var phase = AlertPhase.inactive
    private let duration: Duration
    private let deduplication: Duration
    /// When a firing was last announced.
    private var announced: MonotonicTime?
    /// Whether the present firing was announced.
    private var isAnnounced = false

    init(for duration: Duration, deduplication: Duration) {
        self.duration = duration
        self.deduplication = deduplication
    }

    mutating func observe(_ verdict: AlertCondition.Verdict, now: MonotonicTime) -> Announcement? {
        switch (phase, verdict) {
        case (.inactive, .holds), (.resolved, .holds):
            phase = .pending(since: now)
            return fireIfDue(now: now)
        case (.resolved(let since), _):
            if now - since >= deduplication { phase = .inactive }
            return nil
        case (.inactive, _): return nil
        case (.pending, .holds): return fireIfDue(now: now)
        case (.pending, _):
            phase = .inactive
            return nil
        case (.firing, .clear):
            phase = .resolved(since: now)
            defer { isAnnounced = false }
            return isAnnounced ? .resolved : nil
        case (.firing, _): return announce(now: now)
        }
    }

    private mutating func fireIfDue(now: MonotonicTime) -> Announcement? {
        guard case .pending(let since) = phase, now - since >= duration else { return nil }
        phase = .firing(since: now)
        return announce(now: now)
    }

    private mutating func announce(now: MonotonicTime) -> Announcement? {
        guard !isAnnounced else { return nil }
        if let announced, now - announced < deduplication { return nil }
        announced = now
        isAnnounced = true
        return .firing
    }
}
