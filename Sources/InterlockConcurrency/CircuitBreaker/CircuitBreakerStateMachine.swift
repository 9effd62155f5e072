/// Whether calls may go through, judged by how the last ones went.
///
/// Every admission carries the period it was given in; the breaker's state may change while a call is under way, and a
/// call of an earlier period says nothing about the present one.
package struct CircuitBreakerStateMachine: Sendable {
    /// The right to make one call, to be settled by one ``settle(_:_:took:now:)``.
    package struct Admission: Sendable, Hashable {
        fileprivate let period: Int
        fileprivate let isProbe: Bool
    }

    package enum Answer: Sendable, Hashable {
        case admitted(Admission)
        /// Kept away; `nil` when nobody knows for how long.
        case refused(retryAfter: Duration?)
    }

    package enum Verdict: Sendable, Hashable {
        case success, failure
        /// Says nothing about the callee: a cancelled call, a caller's mistake.
        case ignored
    }

    private let configuration: CircuitBreakerConfiguration
    package private(set) var state = CircuitBreaker.State.closed
    private var window: CallWindow
    private var period = 0
    private var openedAt = MonotonicTime.zero
    private var probesOut = 0
    private var probeResults = CallWindow.Tally()
    private(set) var transitions = 0
    private(set) var admitted = 0
    private(set) var refused = 0
    private(set) var succeeded = 0
    private(set) var failed = 0
    private(set) var ignored = 0
    private(set) var slow = 0
    private(set) var runs = DurationHistogram()

    package init(_ configuration: CircuitBreakerConfiguration) {
        self.configuration = configuration
        window = CallWindow(configuration.window)
    }

    /// A call asks to go through. An open breaker whose time is over becomes half open by it.
    package mutating func admit(now: MonotonicTime) -> (answer: Answer, transition: CircuitBreaker.Transition?) {
        var transition: CircuitBreaker.Transition?
        if state == .open, now - openedAt >= configuration.openDuration { transition = move(to: .halfOpen, now: now) }
        switch state {
        case .closed, .forcedClosed, .disabled:
            admitted += 1
            return (.admitted(Admission(period: period, isProbe: false)), transition)
        case .halfOpen where probesOut + probeResults.calls < configuration.probes:
            probesOut += 1
            admitted += 1
            return (.admitted(Admission(period: period, isProbe: true)), transition)
        case .halfOpen:
            refused += 1
            return (.refused(retryAfter: nil), transition)
        case .open:
            refused += 1
            return (.refused(retryAfter: configuration.openDuration - (now - openedAt)), transition)
        case .forcedOpen:
            refused += 1
            return (.refused(retryAfter: nil), transition)
        }
    }

    /// A call has ended. Returns the transition it led to, if any.
    package mutating func settle(
        _ admission: Admission, _ verdict: Verdict, took duration: Duration, now: MonotonicTime
    ) -> CircuitBreaker.Transition? {
        let isSlow = configuration.slowCallDuration.map { duration >= $0 } ?? false
        count(verdict, isSlow: isSlow && verdict != .ignored, duration)
        guard admission.period == period else { return nil }
        if admission.isProbe { probesOut -= 1 }
        guard verdict != .ignored else { return nil }
        switch state {
        case .closed, .forcedClosed:
            window.record(isFailure: verdict == .failure, isSlow: isSlow, now: now)
            guard state == .closed else { return nil }
            let tally = window.tally(now: now)
            return tally.calls >= configuration.minimumCalls && isTooBad(tally) ? move(to: .open, now: now) : nil
        case .halfOpen:
            probeResults += CallWindow.Tally(calls: 1, failures: verdict == .failure ? 1 : 0, slow: isSlow ? 1 : 0)
            guard probeResults.calls >= configuration.probes else { return nil }
            return move(to: isTooBad(probeResults) ? .open : .closed, now: now)
        case .open, .forcedOpen, .disabled:
            return nil
        }
    }

    /// Sets the state by hand. Calls under way are of an earlier period by it; the window starts anew.
    package mutating func force(_ newState: CircuitBreaker.State, now: MonotonicTime) -> CircuitBreaker.Transition? {
        newState == state ? nil : move(to: newState, now: now)
    }

    /// The calls in the window.
    mutating func tally(now: MonotonicTime) -> CallWindow.Tally {
        window.tally(now: now)
    }

    private func isTooBad(_ tally: CallWindow.Tally) -> Bool {
        let calls = Double(tally.calls)
        return Double(tally.failures) / calls >= configuration.failureRate
            || configuration.slowCallDuration != nil && Double(tally.slow) / calls >= configuration.slowCallRate
    }

    private mutating func move(to newState: CircuitBreaker.State, now: MonotonicTime) -> CircuitBreaker.Transition {
        let old = state
        let tally = old == .halfOpen ? probeResults : window.tally(now: now)
        state = newState
        period += 1
        transitions += 1
        probesOut = 0
        probeResults = CallWindow.Tally()
        window.clear()
        if newState == .open { openedAt = now }
        return CircuitBreaker.Transition(
            number: transitions, from: old, to: newState, at: now, calls: tally.calls, failures: tally.failures, slowCalls: tally.slow)
    }

    private mutating func count(_ verdict: Verdict, isSlow: Bool, _ duration: Duration) {
        switch verdict {
        case .success: succeeded += 1
        case .failure: failed += 1
        case .ignored: ignored += 1
        }
        if isSlow { slow += 1 }
        if state != .disabled { runs.record(duration) }
    }
}
