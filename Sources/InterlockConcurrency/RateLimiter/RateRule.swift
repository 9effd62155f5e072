/// The arithmetic of one ``RateLimit``, in nanoseconds, on the state of one key.
@usableFromInline
struct RateRule: Sendable, Hashable {
    /// What a key has used of a rule.
    ///
    /// For GCRA, `first` is the instant at which everything will have come back. For a token bucket, `first` is its
    /// level, below zero when units were promised ahead, and `second` the instant its running period began.
    @usableFromInline
    struct State: Sendable, Hashable {
        @usableFromInline var first: Int64
        @usableFromInline var second: Int64

        @inlinable
        init(first: Int64, second: Int64) {
            self.first = first
            self.second = second
        }
    }

    /// What a request would come to.
    @usableFromInline
    struct Quote: Sendable {
        /// The state when it is let in.
        @usableFromInline let after: State
        /// When it may run: not later than now when there is enough; `Int64.max` when it never may.
        @usableFromInline let allowedAt: Int64

        @inlinable
        init(after: State, allowedAt: Int64) {
            self.after = after
            self.allowedAt = allowedAt
        }
    }

    @usableFromInline let isGCRA: Bool
    /// GCRA: the distance of two units. Token bucket: the period.
    @usableFromInline let step: Int64
    /// Token bucket: units a period brings.
    @usableFromInline let count: Int64
    @usableFromInline let burst: Int64

    init(_ limit: RateLimit) {
        // Headroom of eight years keeps all sums below Int64.max for any instant a machine's clock will show.
        let longest = Int64.max / 4
        let period = min(longest, max(1, limit.period.wholeNanoseconds))
        count = min(longest, Int64(max(1, limit.count)))
        isGCRA = limit.algorithm == .gcra
        step = isGCRA ? period / count + (period % count == 0 ? 0 : 1) : period
        burst = isGCRA ? min(Int64(limit.burst), longest / step) : min(Int64(limit.burst), longest)
    }

    /// The state of a key that has used nothing.
    @inlinable
    func fresh(now: Int64) -> State {
        isGCRA ? State(first: now, second: 0) : State(first: burst, second: now)
    }

    @inlinable
    func quote(_ state: State, cost: Int64, now: Int64) -> Quote {
        guard cost <= burst else { return Quote(after: state, allowedAt: .max) }
        if isGCRA {
            let theoretical = max(state.first, now) &+ cost &* step
            return Quote(after: State(first: theoretical, second: 0), allowedAt: theoretical &- burst &* step)
        }
        let current = refilled(state, now: now)
        let allowedAt = current.first >= cost ? now : time(of: cost, in: current)
        return Quote(after: State(first: current.first &- cost, second: current.second), allowedAt: allowedAt)
    }

    /// Units that could be used at once.
    @inlinable
    func remaining(_ state: State, now: Int64) -> Int64 {
        if isGCRA { return max(0, burst &- (max(state.first, now) &- now &+ step &- 1) / step) }
        return max(0, refilled(state, now: now).first)
    }

    /// When everything will have come back; the key is as good as new then.
    @inlinable
    func recovery(_ state: State) -> Int64 {
        isGCRA ? state.first : state.first >= burst ? state.second : time(of: burst, in: state)
    }

    /// Units that were taken come back at once.
    @inlinable
    func returned(_ state: State, cost: Int64) -> State {
        isGCRA
            // Never before the clock's origin, however often units are given back that were not taken.
            ? State(first: max(0, max(0, state.first) &- min(cost, burst) &* step), second: 0)
            : State(first: state.first &+ min(cost, burst &- state.first), second: state.second)
    }

    @inlinable
    func refilled(_ state: State, now: Int64) -> State {
        let periods = (now &- state.second) / step
        guard periods > 0 else { return state }
        let missing = burst &- state.first
        let needed = (missing &+ count &- 1) / count
        let level = periods >= needed ? burst : state.first &+ periods &* count
        return State(first: level, second: state.second &+ periods &* step)
    }

    /// When a bucket that has not enough will hold `level`.
    @inlinable
    func time(of level: Int64, in state: State) -> Int64 {
        let periods = (level &- state.first &+ count &- 1) / count
        let (wait, overflow) = periods.multipliedReportingOverflow(by: step)
        let (time, timeOverflow) = state.second.addingReportingOverflow(wait)
        return overflow || timeOverflow ? .max : time
    }
}
