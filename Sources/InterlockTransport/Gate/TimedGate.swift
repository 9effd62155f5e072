public import InterlockConcurrency

/// Another gate, whose decision is a step of the requests that are traced.
public struct TimedGate: RequestGate {
    private let name: String
    private let gate: any RequestGate
    private let clock: any SchedulingClock

    /// - Parameters:
    ///   - name: what the step's span is called, such as `credential`.
    ///   - clock: the server's.
    public init(_ name: String, _ gate: any RequestGate, clock: any SchedulingClock = SystemClock.shared) {
        self.name = name
        self.gate = gate
        self.clock = clock
    }

    public var admitsEveryone: Bool { gate.admitsEveryone }

    public func decide(_ head: RequestHead) -> GateDecision {
        guard let steps = head.steps else { return gate.decide(head) }
        let began = clock.now
        return timed(gate.decide(head), since: began, steps)
    }

    private func timed(_ decision: GateDecision, since began: MonotonicTime, _ steps: RequestSteps) -> GateDecision {
        if case .later(let decide) = decision { return .later { timed(await decide(), since: began, steps) } }
        steps.note(name, from: began, to: clock.now)
        return decision
    }
}
