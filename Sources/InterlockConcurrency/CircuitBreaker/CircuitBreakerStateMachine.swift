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
        /// Kept away; `nil` when nobody knows for how long: until somebody says otherwise.
        case refused(retryAfter: Duration?)
    }

    package enum Verdict: Sendable, Hashable {
        case success, failure
        /// Says nothing about the callee: a cancelled call, a caller's mistake.
        case ignored
    }

    private var configuration: CircuitBreakerConfiguration
    package private(set) var state = CircuitBreaker.State.closed
    private var window: CallWindow
    private var period = 0
    private var openedAt = MonotonicTime.zero
    /// Times it has opened since it was closed.
    private var openings = 0
    /// Since when there have been probes out without a moment in which there were none.
    private var probingSince = MonotonicTime.zero
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
        self.configuration = configuration.sensible
        window = CallWindow(self.configuration.window)
    }

    /// A call asks to go through. An open breaker whose time is over becomes half open by it, and a half open one whose
    /// probes have been out too long opens.
    package mutating func admit(now: MonotonicTime) -> (answer: Answer, transition: CircuitBreaker.Transition?) {
        var transition: CircuitBreaker.Transition?
        if state == .open, now - openedAt >= openDuration {
            transition = move(to: .halfOpen, now: now)
        } else if state == .halfOpen, probesOut > 0, let longest = configuration.probeDuration, now - probingSince >= longest {
            transition = move(to: .open, now: now)
        }
        switch state {
        case .closed, .forcedClosed, .disabled:
            admitted += 1
            return (.admitted(Admission(period: period, isProbe: false)), transition)
        case .halfOpen where probesOut + probeResults.calls < configuration.probes:
            if probesOut == 0 { probingSince = now }
            probesOut += 1
            admitted += 1
            return (.admitted(Admission(period: period, isProbe: true)), transition)
        case .halfOpen:
            refused += 1
            // Whatever the probes say is known by then; most likely it is known sooner.
            let left = configuration.probeDuration.map { $0 - (now - probingSince) } ?? openDuration
            return (.refused(retryAfter: max(.milliseconds(1), min(left, openDuration))), transition)
        case .open:
            refused += 1
            return (.refused(retryAfter: max(.milliseconds(1), openDuration - (now - openedAt))), transition)
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
            return tally.calls >= configuration.judgedFrom && isTooBad(tally) ? move(to: .open, now: now) : nil
        case .halfOpen:
            probeResults += CallWindow.Tally(calls: 1, failures: verdict == .failure ? 1 : 0, slow: isSlow ? 1 : 0)
            return judgeProbes(now: now)
        case .open, .forcedOpen, .disabled:
            return nil
        }
    }

    /// Sets the state by hand. Calls under way are of an earlier period by it; the window starts anew.
    package mutating func force(_ newState: CircuitBreaker.State, now: MonotonicTime) -> CircuitBreaker.Transition? {
        guard newState == state else { return move(to: newState, now: now) }
        // No change to tell of, and a new beginning all the same.
        beginPeriod()
        if state == .open { openedAt = now }
        return nil
    }

    /// Changes what it judges by. What the window holds is forgotten when it becomes another window.
    package mutating func reconfigure(_ new: CircuitBreakerConfiguration, now: MonotonicTime) -> CircuitBreaker.Transition? {
        let new = new.sensible
        if new.window != configuration.window { window = CallWindow(new.window) }
        configuration = new
        // With fewer probes needed there may be enough by now, and nobody else would be let in to settle it.
        return state == .halfOpen ? judgeProbes(now: now) : nil
    }

    /// The calls in the window.
    mutating func tally(now: MonotonicTime) -> CallWindow.Tally {
        window.tally(now: now)
    }

    /// How long it stays open this time.
    private var openDuration: Duration { configuration.openDuration(max(1, openings)) }

    private mutating func judgeProbes(now: MonotonicTime) -> CircuitBreaker.Transition? {
        guard probeResults.calls >= configuration.probes else { return nil }
        return move(to: isTooBad(probeResults) ? .open : .closed, now: now)
    }

    private func isTooBad(_ tally: CallWindow.Tally) -> Bool {
        let calls = Double(tally.calls)
        return tally.failures > 0 && Double(tally.failures) / calls >= configuration.failureRate
            || tally.slow > 0 && configuration.slowCallDuration != nil && Double(tally.slow) / calls >= configuration.slowCallRate
    }

    /// A period of its own, of which nothing is known yet.
    private mutating func beginPeriod() {
        period += 1
        probesOut = 0
        probeResults = CallWindow.Tally()
        window.clear()
    }

    private mutating func move(to newState: CircuitBreaker.State, now: MonotonicTime) -> CircuitBreaker.Transition {
        let old = state
        let tally = old == .halfOpen ? probeResults : window.tally(now: now)
        state = newState
        transitions += 1
        beginPeriod()
        switch newState {
        case .open:
            openedAt = now
            openings += 1
        case .halfOpen: break
        case .closed, .forcedOpen, .forcedClosed, .disabled: openings = 0
        }
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
