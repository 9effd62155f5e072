/// How much is called, and how.
public struct LoadConfiguration: Sendable {
    /// Who decides when a call begins.
    public enum Loop: Sendable {
        /// The schedule: calls begin when they are due, and latency counts from then, so a server that stalls cannot hide it.
        case open([LoadPhase], spacing: ArrivalSchedule.Spacing = .constant)
        /// The answers: so many clients that each call, wait for the answer, think, and call again. A stall silences the load that would show it.
        case closed(clients: Int, duration: Duration)
    }

    public var loop: Loop
    /// Calls at most; the load ends when it has made them.
    public var maximumCalls: Int
    /// Calls in flight at most; an open loop's further calls wait for a place, and their latency with them.
    public var maximumInFlight: Int
    /// Calls that may wait for a place; further ones are dropped and counted.
    public var maximumWaiting: Int
    /// A call that had a place and began later than this after it was due counts as a late start: the generator was slow.
    public var lateAfter: Duration
    /// Pause of a client of a closed loop between answer and call.
    public var think: ClosedRange<Duration>
    /// How long calls in flight may take when no more begin, because the time is over or all have been made, before they are given up. Those that waited for
    /// a place have it from when the last of them got one, but the load ends at the latest when it has passed after the duration.
    public var drain: Duration
    /// Seed of everything that is drawn.
    public var seed: UInt64
    /// The number of the first call, for its arguments: a load that goes on where another ended makes no call a second time.
    public var firstNumber = 0

    /// Sets the bounds; the defaults suit a load of minutes.
    public init(
        _ loop: Loop, maximumCalls: Int = 10_000_000, maximumInFlight: Int = 256, maximumWaiting: Int = 10_000, lateAfter: Duration = .milliseconds(2),
        think: ClosedRange<Duration> = .zero...(.zero), drain: Duration = .seconds(30), seed: UInt64 = 1
    ) {
        self.loop = loop
        self.maximumCalls = max(1, maximumCalls)
        self.maximumInFlight = max(1, maximumInFlight)
        self.maximumWaiting = max(0, maximumWaiting)
        self.lateAfter = lateAfter
        self.think = think
        self.drain = drain
        self.seed = seed
    }

    /// Calls a second, where they are due at one rate all the way; 0 elsewhere.
    var rate: Double {
        guard case .open(let phases, _) = loop, let first = phases.first, phases.allSatisfy({ $0.rate.from == first.rate.from && $0.rate.to == first.rate.from })
        else { return 0 }
        return first.rate.from
    }

    /// How long calls are begun.
    public var duration: Duration {
        switch loop {
        case .open(let phases, _): phases.reduce(.zero) { $0 + $1.duration }
        case .closed(_, let duration): duration
        }
    }
}
