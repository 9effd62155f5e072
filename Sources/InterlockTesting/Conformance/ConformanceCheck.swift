public import InterlockConcurrency
import InterlockTransport

/// One rule of a contract as something to run: a name, the rule in a sentence, and the proof.
///
/// A check makes what it needs from its subject, so checks share nothing and run in any order, also at once. It waits for
/// what happens and never for time to pass; the patience given to ``run(on:patience:clock:)`` only decides when a wait that
/// nothing ends is called a failure.
public struct ConformanceCheck<Subject: Sendable>: Sendable, CustomStringConvertible {
    /// What holds when the check passes, in words; unique within its kit.
    public let name: String
    /// The rule that a failure breaks, and where it is written.
    public let rule: String
    private let body: @Sendable (Subject, Expectation) async throws -> Void

    init(_ name: String, rule: String, _ body: @escaping @Sendable (Subject, Expectation) async throws -> Void) {
        self.name = name
        self.rule = rule
        self.body = body
    }

    public var description: String { name }

    /// Runs the check on a fresh instance of the subject.
    ///
    /// - Parameters:
    ///   - patience: how long the whole check may take. What still runs after it is cancelled and left behind, so that a subject
    ///     that ignores cancellation cannot hold its test up as well.
    ///   - clock: measures the patience.
    ///   - onWait: told what the check waits for, each time it begins to; called from any thread.
    /// - Returns: whether the rule holds, or why the subject cannot be asked about it.
    /// - Throws: ``ConformanceFailure`` when the rule is broken or something throws that should not; `CancellationError`
    ///   when the task is cancelled.
    public func run(
        on subject: Subject, patience: Duration = .seconds(60), clock: any SchedulingClock = SystemClock.shared,
        onWait: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ConformanceOutcome {
        let expectation = Expectation(check: name, rule: rule, onWait: onWait)
        let decided = OneShot<Result<ConformanceOutcome, any Error>>()
        let timer = clock.schedule(after: patience) { decided.resolve(.failure(expectation.overdue(after: patience))) }
        // Awaited through `decided`; only when its patience is over does it outlive this call, cancelled.
        let work = Task { [body] in
            do {
                try await body(subject, expectation)
                decided.resolve(.success(.passed))
            } catch let skip as SkippedCheck {
                decided.resolve(.success(.skipped(skip.reason)))
            } catch let failure as ConformanceFailure {
                decided.resolve(.failure(failure))
            } catch {
                decided.resolve(.failure(expectation.failure("no error", found: "\(error)")))
            }
        }
        let result = await decided.wait { .failure(CancellationError()) }
        timer.cancel()
        work.cancel()
        return try result.get()
    }
}

/// Ends a check that its subject cannot be asked.
struct SkippedCheck: Error {
    var reason: String
}
