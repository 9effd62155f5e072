import InterlockConcurrency

/// The rounds of a probe: when its task was due, when the watchdog looked, when the task ran.
struct ExecutorDelayStateMachine: Sendable {
    private let threshold: Duration
    /// When the task of this round is due; `nil` between rounds.
    private var due: MonotonicTime?
    private var isStalled = false
    private(set) var stalls: RingBuffer<ExecutorStall>
    private(set) var stallCount = 0
    private(set) var lastDelay = Duration.zero
    private(set) var longestDelay = Duration.zero

    init(threshold: Duration, keptStalls: Int) {
        self.threshold = threshold
        stalls = RingBuffer(capacity: keptStalls)
    }

    /// The stall that goes on now, seen at `now`.
    func ongoing(at now: MonotonicTime) -> ExecutorStall? {
        guard isStalled, let due else { return nil }
        return ExecutorStall(began: due, duration: now - due, hasEnded: false)
    }

    mutating func begin(due: MonotonicTime) {
        self.due = due
        isStalled = false
    }

    /// The watchdog of a round looks; returns a stall that has begun with this.
    mutating func look(roundDue: MonotonicTime, now: MonotonicTime) -> ExecutorStall? {
        guard due == roundDue, !isStalled, now - roundDue >= threshold else { return nil }
        isStalled = true
        stallCount += 1
        return ongoing(at: now)
    }

    /// The task runs; returns how late, whether that is a stall nobody saw begin, and the stall that ends with it.
    mutating func ran(now: MonotonicTime) -> (delay: Duration, ended: ExecutorStall?)? {
        guard let due else { return nil }
        let delay = max(.zero, now - due)
        lastDelay = delay
        longestDelay = max(longestDelay, delay)
        self.due = nil
        guard isStalled || delay >= threshold else { return (delay, nil) }
        if !isStalled { stallCount += 1 }
        isStalled = false
        let stall = ExecutorStall(began: due, duration: delay, hasEnded: true)
        stalls.append(stall)
        return (delay, stall)
    }

    /// The probe stops in the middle of a round.
    mutating func stop() {
        due = nil
        isStalled = false
    }
}
