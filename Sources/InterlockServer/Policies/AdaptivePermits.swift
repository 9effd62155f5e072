import InterlockConcurrency
import InterlockProtocol

/// The permits of a tool whose number follows how long its calls take, beside the line in which tenants or sessions wait for them in turn.
final class AdaptivePermits: Sendable {
    private let limiter: FairLimiter<FairnessKey>
    private let gradient: GradientLimit
    private let clock: any SchedulingClock

    init(_ adaptation: ConcurrencyAdaptation, _ limiter: FairLimiter<FairnessKey>, clock: any SchedulingClock) {
        self.limiter = limiter
        self.clock = clock
        gradient = GradientLimit(
            Gradient(initial: adaptation.initial, minimum: adaptation.minimum, maximum: adaptation.maximum, tolerance: adaptation.tolerance))
    }

    /// Runs what has a permit, and learns from how long it takes: with its wait for a worker and for a place of the server, since those are scarce when
    /// the tool has too much to do. A timeout says that it has; other failures say nothing, since a quick one is no sign of speed.
    func measured(_ body: () async throws -> CallToolResult) async throws -> CallToolResult {
        let start = clock.now
        do {
            let result = try await body()
            guard !result.isError else { return result }
            let (took, active) = (clock.now - start, limiter.snapshot.total.active)
            adopt { $0.record(took, active: active) }
            return result
        } catch let error as HandlerTimedOut {
            adopt { $0.recordOverload() }
            throw error
        }
    }

    private func adopt(_ change: (inout Gradient) -> Int) {
        gradient.change(change) { limiter.setLimit($0) }
    }
}
