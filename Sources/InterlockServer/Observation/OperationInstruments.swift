import CoreMetrics
import InterlockConcurrency
import Synchronization

/// The figures of one operation or tool, kept here and handed to the metrics backend under the names of docs/observability.md.
final class OperationInstruments: Sendable {
    private struct State {
        var outcomes = [Int](repeating: 0, count: CallOutcome.allCases.count)
        var durations = DurationHistogram()
        var waits = DurationHistogram()
    }

    private let operation: String
    private let tool: String?
    private let state = Mutex(State())
    private let outcomes: [Counter]
    private let duration: Timer?
    private let wait: Timer?

    init(operation: String, tool: String?, factory: (any MetricsFactory)?) {
        self.operation = operation
        self.tool = tool
        let labels = [("operation", operation), ("tool", tool ?? "")]
        duration = factory.map { Timer(label: "interlock_call_duration_seconds", dimensions: labels, factory: $0) }
        wait = factory.map { Timer(label: "interlock_call_wait_seconds", dimensions: labels, factory: $0) }
        outcomes = factory.map { factory in
            CallOutcome.allCases.map { Counter(label: "interlock_calls_total", dimensions: labels + [("outcome", $0.rawValue)], factory: factory) }
        } ?? []
    }

    func record(_ outcome: CallOutcome, duration: Duration, wait: Duration?) {
        state.withLock { state in
            state.outcomes[outcome.index] += 1
            state.durations.record(duration)
            if let wait { state.waits.record(wait) }
        }
        guard !outcomes.isEmpty else { return }
        outcomes[outcome.index].increment()
        self.duration?.recordNanoseconds(duration.wholeNanoseconds)
        if let wait { self.wait?.recordNanoseconds(wait.wholeNanoseconds) }
    }

    var figures: OperationFigures {
        state.withLock { state in
            let outcomes = CallOutcome.allCases.filter { state.outcomes[$0.index] > 0 }.map { ($0, state.outcomes[$0.index]) }
            return OperationFigures(
                operation: operation, tool: tool, outcomes: Dictionary(uniqueKeysWithValues: outcomes), durations: state.durations, waits: state.waits)
        }
    }
}

extension Duration {
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
