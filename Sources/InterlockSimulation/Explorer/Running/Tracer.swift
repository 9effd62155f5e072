import InterlockConcurrency

/// Writes down the steps of one run, with the places at which tasks went on.
struct Tracer: Sendable {
    private var steps: [ExplorationStep] = []
    private var addresses: [[UInt]] = []
    private var queuedAddresses: [Int: [UInt]] = [:]

    /// Something became ready: where `task` will go on is known now.
    mutating func queued(_ serial: Int, _ task: UnownedJob) {
        queuedAddresses[serial] = ResumePoint.addresses(of: task)
    }

    mutating func step(
        _ serial: Int, number: Int, task: Int, _ kind: ExplorationStep.Kind, candidates: Int, now: MonotonicTime
    ) {
        steps.append(
            ExplorationStep(
                number: number, task: task, kind: kind, candidates: candidates, time: now - .zero, location: nil, notes: []))
        addresses.append(queuedAddresses.removeValue(forKey: serial) ?? [])
    }

    mutating func time(number: Int, candidates: Int, now: MonotonicTime) {
        steps.append(
            ExplorationStep(
                number: number, task: -1, kind: .time, candidates: candidates, time: now - .zero, location: nil, notes: []))
        addresses.append([])
    }

    mutating func note(_ text: String) {
        if !steps.isEmpty { steps[steps.count - 1].notes.append(text) }
    }

    /// The steps, with their places looked up.
    func trace() -> [ExplorationStep] {
        var steps = steps
        for (index, place) in ResumePoint.places(addresses).enumerated() { steps[index].location = place }
        return steps
    }
}
