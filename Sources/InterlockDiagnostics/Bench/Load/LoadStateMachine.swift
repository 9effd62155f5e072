public import InterlockConcurrency
import InterlockSimulation

/// The load generator without its waiting: which call begins when, and from when its latency counts. Pure.
///
/// An open loop asks ``begin(now:)`` whenever something is due; each ended call hands its place to the one that waits longest. In a closed loop every
/// client asks ``next(of:now:)`` for itself.
public struct LoadStateMachine: Sendable {
    /// A call that begins now.
    public struct Start: Sendable, Hashable {
        /// Counts from 0 in the order of arrival.
        public var number: Int
        /// Latency counts from here: when it was due, in a closed loop when it began.
        public var intended: MonotonicTime
        /// When it got its place; it really begins when the task that makes it runs.
        public var began: MonotonicTime
        /// Whether there was a place when it was due.
        public var hadPlace: Bool
    }

    private struct Waiting: Sendable {
        var number: Int
        var intended: MonotonicTime
    }

    private let configuration: LoadConfiguration
    private let start: MonotonicTime
    private var schedule: ArrivalSchedule?
    private var upcoming: MonotonicTime?
    private var waiting: [Waiting] = []
    private var firstWaiting = 0
    private var random: SeededRandom

    /// Calls that have arrived, begun or not.
    public private(set) var arrived = 0
    /// Calls begun.
    public private(set) var begun = 0
    /// Calls in flight.
    public private(set) var inFlight = 0
    /// Calls that began late although there was a place for them: the generator's fault.
    public private(set) var lateStarts = 0
    /// Calls that had to wait for a place: the server's fault, and in their latency.
    public private(set) var waited = 0
    /// Calls dropped, because too many waited.
    public private(set) var dropped = 0
    private var isStopped = false

    /// Begins a load at `start`.
    public init(_ configuration: LoadConfiguration, start: MonotonicTime) {
        self.configuration = configuration
        self.start = start
        random = SeededRandom(seed: configuration.seed, stream: 2)
        if case .open(let phases, let spacing) = configuration.loop {
            schedule = ArrivalSchedule(phases, spacing: spacing, seed: configuration.seed)
            upcoming = schedule?.next().map { start + $0 }
        }
    }

    /// When the next call of an open loop is due; nil after the last.
    public var nextArrival: MonotonicTime? { isStopped || arrived >= configuration.maximumCalls ? nil : upcoming }

    /// The calls of an open loop that begin now.
    public mutating func begin(now: MonotonicTime) -> [Start] {
        var starts: [Start] = []
        while let due = nextArrival, due <= now {
            let number = arrived
            arrived += 1
            upcoming = schedule?.next().map { start + $0 }
            if inFlight < configuration.maximumInFlight {
                starts.append(take(number, intended: due, now: now, hadPlace: true))
            } else if waiting.count - firstWaiting < configuration.maximumWaiting {
                waited += 1
                waiting.append(Waiting(number: number, intended: due))
            } else {
                dropped += 1
            }
        }
        return starts
    }

    /// Ends a call of an open loop; the call that waits longest begins in its place.
    public mutating func ended(now: MonotonicTime) -> Start? {
        precondition(inFlight > 0, "a call ended that had not begun")
        inFlight -= 1
        guard firstWaiting < waiting.count, !isStopped else { return nil }
        let next = waiting[firstWaiting]
        firstWaiting += 1
        if firstWaiting > 1_024, firstWaiting * 2 > waiting.count {
            waiting.removeFirst(firstWaiting)
            firstWaiting = 0
        }
        return take(next.number, intended: next.intended, now: now, hadPlace: false)
    }

    /// Says when a call of an open loop really began: what is later than it was due, although there was a place, is the generator's fault.
    public mutating func really(_ start: Start, began now: MonotonicTime) {
        if start.hadPlace, now - start.intended > configuration.lateAfter { lateStarts += 1 }
    }

    /// How long a client of a closed loop thinks before its next call; nil when the load is over. `afterCall` says that a call of its has ended.
    public mutating func next(now: MonotonicTime, afterCall: Bool) -> Duration? {
        if afterCall {
            precondition(inFlight > 0, "a call ended that had not begun")
            inFlight -= 1
        }
        guard mayBegin(now) else { return nil }
        guard afterCall, configuration.think.upperBound > .zero else { return .zero }
        let (low, high) = (configuration.think.lowerBound.nanosecondsRounded, configuration.think.upperBound.nanosecondsRounded)
        return .nanoseconds(Int64.random(in: low...high, using: &random))
    }

    /// The call of a closed loop's client begins, after it has thought; nil when the load ended meanwhile.
    public mutating func beginClosed(now: MonotonicTime) -> Start? {
        // Others may have begun the last of the calls while this client thought.
        guard mayBegin(now) else { return nil }
        arrived += 1
        return take(begun, intended: now, now: now, hadPlace: true)
    }

    private func mayBegin(_ now: MonotonicTime) -> Bool {
        !isStopped && arrived < configuration.maximumCalls && now < start + configuration.duration
    }

    /// Begins no further call; what waits counts as dropped.
    public mutating func stop() {
        dropped += waiting.count - firstWaiting
        waiting = []
        firstWaiting = 0
        isStopped = true
    }

    private mutating func take(_ number: Int, intended: MonotonicTime, now: MonotonicTime, hadPlace: Bool) -> Start {
        begun += 1
        inFlight += 1
        return Start(number: number, intended: intended, began: now, hadPlace: hadPlace)
    }
}
