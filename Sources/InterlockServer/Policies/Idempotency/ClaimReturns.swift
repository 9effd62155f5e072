import InterlockConcurrency
import InterlockStorage
import Logging
import Synchronization

/// A claim of one call, under a token of its own.
struct HeldClaim: Sendable {
    var name: String
    /// Differs from those of other claims of this key, on whichever instance, so it is drawn from no seed; only stores see it.
    let token = UInt64.random(in: 1...UInt64.max)
    /// How often the store was asked for it without an answer: each of these questions may have made it, or may do so yet, after it was given back.
    var unanswered = 0

    init(name: String) {
        self.name = name
    }
}

/// Claims of calls that did nothing, given back to a store that has not confirmed it: left there they would count as running, and then as lost.
///
/// Each is given back again and again, with growing pauses, until the store says that it had it, or has said often enough that it has not, in about ten
/// seconds: a question that was given up may still reach it. What a store that is away has not confirmed for ten minutes, or is one too many, lapses.
final class ClaimReturns: Sendable {
    private struct State {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var lastID: UInt64 = 0
        var isOver = false
    }

    /// Claims on their way at a time.
    static let maximum = 1_000
    /// How often a store has to say that there is no such claim.
    static let answers = 8
    private static let patience = Duration.seconds(600)
    private static let backoff = Backoff(first: .milliseconds(50), longest: .seconds(5), jitter: .half)

    private let store: any IdempotencyStore
    private let clock: any SchedulingClock
    private let random: RandomSource
    private let logger: Logger
    private let state = Mutex(State())

    init(_ configuration: ServerConfiguration) {
        (store, clock, random, logger) = (configuration.idempotencyStore, configuration.clock, configuration.random, configuration.logger)
    }

    /// Claims on their way.
    var count: Int { state.withLock { $0.tasks.count } }

    /// Sees to it that the claim is given back, and returns at once.
    func take(_ claim: HeldClaim) {
        let isTaken = state.withLock { state in
            guard !state.isOver, state.tasks.count < Self.maximum else { return false }
            state.lastID += 1
            let id = state.lastID
            // Awaited by nobody: it ends when the claim is gone or its time is over, or with the server.
            state.tasks[id] = Task { [self] in
                await giveBack(claim)
                self.state.withLock { $0.tasks[id] = nil }
            }
            return true
        }
        if !isTaken { lapse(1) }
    }

    /// Leaves what is on its way to lapse.
    func shutDown() {
        let tasks = state.withLock { state in
            state.isOver = true
            return state.tasks.values
        }
        for task in tasks { task.cancel() }
        if !tasks.isEmpty { lapse(tasks.count) }
    }

    private func giveBack(_ claim: HeldClaim) async {
        let until = clock.now + Self.patience
        var (attempts, removed, absent) = (0, 0, 0)
        while removed < max(1, claim.unanswered), absent < Self.answers {
            attempts += 1
            let next = clock.now + Self.backoff.delay(afterFailures: attempts, fraction: random.fraction())
            do { try await clock.sleep(until: next) } catch { return }
            guard clock.now < until else { return lapse(1) }
            do throws(StoreError) {
                if try await store.abandon(claim.name, token: claim.token) { removed += 1 } else { absent += 1 }
            } catch {
                continue // it is tried again
            }
        }
    }

    private func lapse(_ count: Int) {
        logger.warning(
            "claims of idempotent calls could not be given back: their keys count as running until the claims lapse, and as lost afterwards",
            metadata: ["claims": "\(count)"])
    }
}
