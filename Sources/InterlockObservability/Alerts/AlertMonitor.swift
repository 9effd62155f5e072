public import InterlockConcurrency
import Synchronization

/// Judges the metrics again and again, and tells a webhook of alerts that begin and end.
///
/// ```swift
/// let monitor = AlertMonitor(rules: AlertRule.stock(), service: "files", registry: registry, sink: sink)
/// await monitor.run()
/// ```
///
/// **Delivery.** Notifications wait in a bounded queue, are sent one at a time in order, and tried again later and later. A full
/// queue drops the newest; what is dropped or given up is counted in ``delivery``.
/// **Shutdown.** ``beginShutdown()`` stops judging and sends what is left until the grace is over, then ``run()`` returns.
public final class AlertMonitor: Sendable {
    /// The delivery of one notification at a time, without waiting for others.
    public static let defaultDelivery = OutboxConfiguration(
        capacity: 256, batchSize: 1, interval: .zero, attempts: 6, backoff: Backoff(first: .seconds(2), factor: 3, longest: .seconds(120), jitter: .half))

    private let evaluator: Mutex<AlertEvaluator>
    private let interval: Duration
    private let clock: any SchedulingClock
    private let snapshot: @Sendable () -> MetricsSnapshot
    private let outbox: Outbox<AlertNotification>

    /// Makes a monitor that does nothing before ``run()``.
    ///
    /// - Parameters:
    ///   - interval: The time between judgements, at least a second.
    ///   - signer: Signs what is sent; without one it is not signed.
    ///   - onLoss: Is told how many notifications were given up, and the last error if there was one. Must be short.
    public convenience init(
        rules: [AlertRule], service: String, deduplication: Duration = .seconds(900), interval: Duration = .seconds(15),
        registry: MetricsRegistry, sink: any AlertSink, signer: AlertSigner? = nil, delivery: OutboxConfiguration = AlertMonitor.defaultDelivery,
        clock: any SchedulingClock = SystemClock.shared, random: RandomSource = .system,
        onLoss: @escaping @Sendable (Int, (any Error)?) -> Void = { _, _ in }
    ) {
        self.init(
            evaluator: AlertEvaluator(rules: rules, service: service, deduplication: deduplication), interval: interval,
            snapshot: { registry.snapshot }, sink: sink, signer: signer, delivery: delivery, clock: clock, random: random, onLoss: onLoss)
    }

    init(
        evaluator: AlertEvaluator, interval: Duration, snapshot: @escaping @Sendable () -> MetricsSnapshot, sink: any AlertSink,
        signer: AlertSigner?, delivery: OutboxConfiguration, clock: any SchedulingClock, random: RandomSource,
        onLoss: @escaping @Sendable (Int, (any Error)?) -> Void
    ) {
        self.evaluator = Mutex(evaluator)
        self.interval = max(.seconds(1), interval)
        self.snapshot = snapshot
        self.clock = clock
        outbox = Outbox(
            delivery, clock: clock, random: random,
            send: { notifications in
                for notification in notifications {
                    let body = notification.body
                    // Signed anew for each attempt: a receiver refuses old times.
                    let headers = signer.map { [(name: AlertSigner.headerName, value: $0.signature(of: body, wallTime: clock.wallTime))] } ?? []
                    try await sink.deliver(body, headers: headers)
                }
            }, onLoss: onLoss)
    }

    /// Where all alerts stand, in the order of the rules.
    public var status: [AlertStatus] { evaluator.withLock { $0.status } }

    /// What has become of the notifications.
    public var delivery: OutboxSnapshot { outbox.snapshot }

    /// Judges and tells until the shutdown or the task's cancellation, which gives up what is left. Must be called once.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.outbox.run() }
            group.addTask { await self.judgeAgainAndAgain() }
            // The outbox ends with the shutdown or the cancellation, and judging with it; judging ends only by being cancelled.
            await group.next()
            group.cancelAll()
        }
    }

    /// Begins the shutdown. Returns at once; ``run()`` returns when it is over.
    public func beginShutdown() { outbox.beginShutdown() }

    /// Judges the metrics once, now.
    public func evaluate() {
        let snapshot = self.snapshot()
        for notification in evaluator.withLock({ $0.evaluate(snapshot) }) { outbox.offer(notification) }
    }

    private func judgeAgainAndAgain() async {
        while !Task.isCancelled {
            evaluate()
            // Cancelled: the loop ends, which is how it is meant to end.
            do { try await clock.sleep(for: interval) } catch { return }
        }
    }
}
