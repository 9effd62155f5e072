import Synchronization

/// What keeps retries from finishing off a callee that is down: they may be a share of all calls, and no more.
///
/// Every first attempt pays in, every retry (or hedge) draws. While few calls fail, all are retried; when all fail, only
/// the share is. Make one for each callee and share it among all who call it.
public final class RetryBudget: Sendable {
    private let machine: Mutex<RetryBudgetStateMachine>

    /// Makes a budget with its reserve only.
    ///
    /// - Parameters:
    ///   - share: Retries per first attempt of the last while; 0.2 is one for every five.
    ///   - minimumPerSecond: Retries that are possible even with hardly any calls.
    ///   - window: How long a call counts.
    public init(share: Double = 0.2, minimumPerSecond: Double = 1, window: Duration = .seconds(10)) {
        machine = Mutex(RetryBudgetStateMachine(share: share, minimumPerSecond: minimumPerSecond, window: window))
    }

    /// Pays in for a first attempt. ``RetryPolicy`` and ``Hedge`` do it themselves.
    public func deposit(now: MonotonicTime) {
        machine.withLock { $0.deposit(now: now) }
    }

    /// Draws for one more attempt.
    ///
    /// - Returns: whether it may be made.
    public func withdraw(now: MonotonicTime) -> Bool {
        machine.withLock { $0.withdraw(now: now) }
    }

    /// Retries granted and refused since it was made.
    public var snapshot: (granted: Int, refused: Int) {
        machine.withLock { ($0.granted, $0.refused) }
    }
}
