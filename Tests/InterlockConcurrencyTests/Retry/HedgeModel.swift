import InterlockConcurrency
import InterlockSimulation

/// One random set-up of a hedge, and what must come of it, reckoned without tasks and timers.
struct HedgeModel {
    struct Outcome: Hashable {
        var begun: Int
        /// The attempt whose result, or whose error, is the call's.
        var decided: Int
        var isSuccess: Bool
        /// Since the call.
        var end: Duration
    }

    let delay: Duration
    let durations: [Duration]
    let succeeds: [Bool]
    /// Hedges the budget has; `nil` is none to keep to.
    let budget: Int?

    init(random: inout SeededRandom) {
        let count = Int.random(in: 1...5, using: &random)
        delay = .milliseconds(Int.random(in: 1...400, using: &random))
        // Odd nanoseconds of their own, so that no two things happen at a time.
        durations = (0..<count).map { .milliseconds(Int.random(in: 1...1_500, using: &random)) + .nanoseconds(1 << $0) }
        succeeds = (0..<count).map { _ in Int.random(in: 0..<3, using: &random) == 0 }
        budget = Bool.random(using: &random) ? Int.random(in: 0...3, using: &random) : nil
    }

    var hedge: Hedge {
        Hedge(
            after: delay, attempts: durations.count,
            budget: budget.map { RetryBudget(share: 0, minimumPerSecond: Double($0) / 1_000, window: .seconds(1_000)) })
    }

    /// - Parameter failureBeginsNext: `false` reckons as if a failure waited for the delay: the control of the proof.
    func outcome(failureBeginsNext: Bool = true) -> Outcome {
        var left = budget ?? .max
        var starts = [Duration.zero]
        var hasEnded: Set<Int> = []
        var hadItsTime: Set<Int> = []
        func begin(at now: Duration) {
            guard starts.count < durations.count, left > 0 else { return }
            left -= 1
            starts.append(now)
        }
        while true {
            // What happens next: an attempt ends, or has had its time.
            var next: (at: Duration, attempt: Int, isEnd: Bool)?
            for (index, start) in starts.enumerated() {
                if !hasEnded.contains(index), next.map({ start + durations[index] < $0.at }) ?? true { next = (start + durations[index], index, true) }
                if !hadItsTime.contains(index), index + 1 < durations.count, next.map({ start + delay < $0.at }) ?? true { next = (start + delay, index, false) }
            }
            guard let next else { return Outcome(begun: starts.count, decided: 0, isSuccess: false, end: .zero) }
            guard next.isEnd else {
                hadItsTime.insert(next.attempt)
                if next.attempt == starts.count - 1 { begin(at: next.at) }
                continue
            }
            hasEnded.insert(next.attempt)
            if succeeds[next.attempt] { return Outcome(begun: starts.count, decided: next.attempt + 1, isSuccess: true, end: next.at) }
            if failureBeginsNext { begin(at: next.at) }
            if hasEnded.count == starts.count { return Outcome(begun: starts.count, decided: next.attempt + 1, isSuccess: false, end: next.at) }
        }
    }
}
