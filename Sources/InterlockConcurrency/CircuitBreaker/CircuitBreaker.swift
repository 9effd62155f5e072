import Synchronization

/// Keeps calls away from something that has been failing or slow, and probes now and then whether it has recovered.
///
/// ```swift
/// let breaker = CircuitBreaker(.init(failureRate: 0.5, openDuration: .seconds(10)), name: "weather")
/// let report = try await breaker.run { try await weather.report(city) }
/// ```
///
/// **States.** Closed lets all through and counts; at the failure rate or the rate of slow calls, judged over at least
/// the minimum of calls, it opens. Open refuses all for a while, then becomes half open with the next call. Half open
/// lets a few probes through, and closes or opens by how they went. Forced open and forced closed stay as they are set, the
/// latter counting on; disabled lets all through and judges nothing.
/// **Fairness.** Nobody waits, so there is no line and no turn: who comes while it is open is refused at once, with the time until
/// it will probe as its retry-after. Probes are the first callers that come when it is half open, whoever they are; for fairness
/// between callers put a ``FairLimiter`` before it.
/// **Cancellation.** A call that throws `CancellationError` says nothing about the callee; a cancelled probe gives its
/// place to another. Results of calls that began before the last change of state are counted, and judged no more.
public final class CircuitBreaker: Sendable {
    /// What a breaker does with calls.
    public enum State: String, Sendable, Hashable, CaseIterable {
        case closed, open, halfOpen, forcedOpen, forcedClosed, disabled
    }

    /// A change of state, and the calls it was judged by.
    public struct Transition: Sendable, Hashable {
        /// Counts from 1, so that who is told of two at once can order them.
        public var number: Int
        public var from: State
        public var to: State
        public var at: MonotonicTime
        /// Calls in the window, or probes, before the change.
        public var calls: Int
        public var failures: Int
        public var slowCalls: Int
    }

    /// What an error says about the callee.
    public enum ErrorVerdict: Sendable, Hashable {
        /// It failed.
        case failure
        /// It did its work: a "not found" is an answer.
        case success
        /// Nothing.
        case ignored
    }

    private struct Judgement {
        var machine: CircuitBreakerStateMachine
        /// What the latest call failed with: the cause of refusals.
        var latestFailure: (any Error)?
    }

    private let state: Mutex<Judgement>
    private let judge: @Sendable (any Error) -> ErrorVerdict
    private let onTransition: @Sendable (Transition) -> Void
    private let clock: any SchedulingClock
    private let name: String

    /// Makes a closed breaker.
    ///
    /// - Parameters:
    ///   - configuration: When to open and how to close again.
    ///   - name: What errors call it.
    ///   - clock: Measures calls, and decides when probes may go.
    ///   - judge: What an error says about the callee. By default all but `CancellationError` are failures.
    ///   - onTransition: Is told each change of state, on the thread of the call that caused it; must be short.
    public init(
        _ configuration: CircuitBreakerConfiguration = .init(), name: String = "circuit breaker",
        clock: any SchedulingClock = SystemClock.shared,
        judge: @escaping @Sendable (any Error) -> ErrorVerdict = { $0 is CancellationError ? .ignored : .failure },
        onTransition: @escaping @Sendable (Transition) -> Void = { _ in }
    ) {
        state = Mutex(Judgement(machine: CircuitBreakerStateMachine(configuration)))
        self.judge = judge
        self.onTransition = onTransition
        self.clock = clock
        self.name = name
    }

    /// Runs `body`, in the caller's isolation, unless calls are kept away, and judges how it went.
    ///
    /// - Throws: ``AcquireError`` with ``AcquireError/Code-swift.struct/circuitOpen`` when the call was kept away, with the
    ///   time until probes may go unless it is forced open, and the latest failure as its cause; and what `body` throws.
    public nonisolated(nonsending) func run<R>(_ body: nonisolated(nonsending) () async throws -> R) async throws -> R {
        let start = clock.now
        let admission = try admit(now: start)
        do {
            let result = try await body()
            settle(admission, .success, nil, since: start)
            return result
        } catch {
            let verdict: CircuitBreakerStateMachine.Verdict =
                switch judge(error) {
                case .failure: .failure
                case .success: .success
                case .ignored: .ignored
                }
            settle(admission, verdict, error, since: start)
            throw error
        }
    }

    /// Runs `body` like ``run(_:)``, and `fallback` in its stead when it fails or is kept away.
    ///
    /// Errors judged as ignored or as a success are thrown on: the fallback is for a callee that fails, not for answers.
    ///
    /// - Parameter fallback: Gets the error. What it throws is thrown.
    public nonisolated(nonsending) func run<R>(
        _ body: nonisolated(nonsending) () async throws -> R, fallback: nonisolated(nonsending) (any Error) async throws -> R
    ) async throws -> R {
        do {
            return try await run(body)
        } catch let error as AcquireError where error.code == .circuitOpen {
            return try await fallback(error)
        } catch where judge(error) == .failure {
            return try await fallback(error)
        }
    }

    /// Sets the state by hand and starts a new window; calls under way are no longer judged.
    public func force(_ state: State) {
        let now = clock.now
        let transition = self.state.withLock { judgement in
            // What failed before the callee was declared well again explains no refusal after it.
            if ![.open, .forcedOpen].contains(state) { judgement.latestFailure = nil }
            return judgement.machine.force(state, now: now)
        }
        if let transition { onTransition(transition) }
    }

    /// Changes when it opens and closes, at once. The state stays; the calls in the window stay unless the window changes, and
    /// probes that have ended are judged when they are enough now.
    public func reconfigure(_ configuration: CircuitBreakerConfiguration) {
        let now = clock.now
        if let transition = state.withLock({ $0.machine.reconfigure(configuration, now: now) }) { onTransition(transition) }
    }

    /// The state and the counters now.
    public var snapshot: CircuitBreakerSnapshot {
        let now = clock.now
        return state.withLock { state in
            let tally = state.machine.tally(now: now)
            let machine = state.machine
            return CircuitBreakerSnapshot(
                state: machine.state, windowCalls: tally.calls, windowFailures: tally.failures, windowSlowCalls: tally.slow,
                admitted: machine.admitted, refused: machine.refused, succeeded: machine.succeeded, failed: machine.failed,
                ignored: machine.ignored, slow: machine.slow, transitions: machine.transitions, runs: machine.runs)
        }
    }

    private func admit(now: MonotonicTime) throws(AcquireError) -> CircuitBreakerStateMachine.Admission {
        let (answer, transition, cause) = state.withLock { state in
            let (answer, transition) = state.machine.admit(now: now)
            return (answer, transition, state.latestFailure)
        }
        if let transition { onTransition(transition) }
        switch answer {
        case .admitted(let admission):
            return admission
        case .refused(let retryAfter):
            throw AcquireError(
                code: .circuitOpen, message: "\(name) keeps calls away since too many failed or were slow; use a fallback, or try later",
                retryAfter: retryAfter, cause: cause)
        }
    }

    private func settle(
        _ admission: CircuitBreakerStateMachine.Admission, _ verdict: CircuitBreakerStateMachine.Verdict, _ error: (any Error)?,
        since start: MonotonicTime
    ) {
        let now = clock.now
        let transition = state.withLock { state in
            if verdict == .failure { state.latestFailure = error }
            let transition = state.machine.settle(admission, verdict, took: now - start, now: now)
            if transition?.to == .closed { state.latestFailure = nil }
            return transition
        }
        if let transition { onTransition(transition) }
    }
}
