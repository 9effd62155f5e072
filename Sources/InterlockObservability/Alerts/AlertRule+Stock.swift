extension AlertRule {
    /// The thresholds of the rules that come with the server.
    public struct StockThresholds: Sendable, Hashable {
        /// The share of the session limit that is in use.
        public var sessionShare: Double
        /// The share of the limit of HTTP connections that is in use.
        public var connectionShare: Double
        /// The 99th percentile of the duration of calls.
        public var callDuration: Duration
        /// The share of calls that end otherwise than well.
        public var errorShare: Double
        /// How many times as often tools fail in the last minute as in the last five.
        public var toolErrorRise: Double
        /// Calls in flight from which a rise of tool errors counts.
        public var callsInFlight: Int
        /// How late the cooperative pool takes up a task, at the 99th percentile.
        public var executorDelay: Duration
        /// By how many bytes an hour memory grows at least.
        public var memoryGrowthPerHour: Double

        /// Makes thresholds.
        public init(
            sessionShare: Double = 0.9, connectionShare: Double = 0.9, callDuration: Duration = .seconds(5), errorShare: Double = 0.05, toolErrorRise: Double = 2,
            callsInFlight: Int = 20, executorDelay: Duration = .milliseconds(500), memoryGrowthPerHour: Double = 64 * 1_048_576
        ) {
            self.sessionShare = sessionShare
            self.connectionShare = connectionShare
            self.callDuration = callDuration
            self.errorShare = errorShare
            self.toolErrorRise = toolErrorRise
            self.callsInFlight = callsInFlight
            self.executorDelay = executorDelay
            self.memoryGrowthPerHour = memoryGrowthPerHour
        }
    }

    /// The rules that come with the server, each on metrics of its runtime.
    public static func stock(_ thresholds: StockThresholds = .init()) -> [AlertRule] {
        let allCalls = MetricSelector("interlock_calls_total")
        func calls(_ outcome: String) -> MetricSelector { MetricSelector(allCalls.metric, labels: ["outcome": outcome]) }
        let callSeconds = thresholds.callDuration / .seconds(1)
        let delaySeconds = thresholds.executorDelay / .seconds(1)
        let growth = thresholds.memoryGrowthPerHour / 3_600
        return [
            AlertRule(
                "sessions-near-limit", summary: "Nearly all sessions the server allows are in use; new clients will be refused.", for: .seconds(60),
                when: [
                    AlertCondition(
                        .ratio(.value(MetricSelector("interlock_sessions_active")), .value(MetricSelector("interlock_sessions_limit"))),
                        .above, thresholds.sessionShare, clearing: thresholds.sessionShare * 0.95)
                ]),
            AlertRule(
                "connections-near-limit", summary: "Nearly all connections the server allows are in use; new ones will wait, and then be refused.",
                for: .seconds(60),
                when: [
                    AlertCondition(
                        .ratio(.value(MetricSelector("interlock_http_connections_active")), .value(MetricSelector("interlock_http_connections_limit"))),
                        .above, thresholds.connectionShare, clearing: thresholds.connectionShare * 0.95)
                ]),
            AlertRule(
                "calls-slow", summary: "One call in a hundred takes longer than it should.", for: .seconds(120),
                when: [
                    AlertCondition(
                        .quantile(0.99, of: MetricSelector("interlock_call_duration_seconds")), .above, callSeconds, clearing: callSeconds * 0.8)
                ]),
            AlertRule(
                "calls-failing", severity: .critical, summary: "Too many calls do not end well.", for: .seconds(120),
                when: [
                    // One less the share of good ones, spelt as "good ones below".
                    AlertCondition(
                        .ratio(.rate(calls("ok"), over: .oneMinute), .rate(allCalls, over: .oneMinute)), .below, 1 - thresholds.errorShare,
                        clearing: 1 - thresholds.errorShare * 0.8),
                    AlertCondition(.rate(allCalls, over: .oneMinute), .above, 0),
                ]),
            AlertRule(
                "tool-errors-rising-under-load", severity: .critical,
                summary: "Tools fail more often while many calls run at once: results may be wrong under load.", for: .seconds(30),
                when: [
                    AlertCondition(
                        .ratio(.rate(calls("tool_error"), over: .oneMinute), .rate(calls("tool_error"), over: .fiveMinutes)), .above,
                        thresholds.toolErrorRise, clearing: max(1, thresholds.toolErrorRise * 0.75)),
                    AlertCondition(.value(MetricSelector("interlock_calls_in_flight")), .above, Double(thresholds.callsInFlight)),
                ]),
            AlertRule(
                "store-degraded", severity: .critical, summary: "A store does not answer as it should; the server works without it.", for: .seconds(15),
                when: [AlertCondition(.value(MetricSelector("interlock_store_degraded")), .above, 0)]),
            AlertRule(
                "executor-stalled", summary: "Tasks wait for a thread: a handler blocks the cooperative pool.", for: .seconds(30),
                when: [
                    AlertCondition(
                        .quantile(0.99, of: MetricSelector("interlock_executor_delay_seconds")), .above, delaySeconds, clearing: delaySeconds * 0.5)
                ]),
            AlertRule(
                "memory-rising", summary: "Memory has kept rising for half an hour.", for: .seconds(600),
                when: [
                    AlertCondition(
                        .slope(MetricSelector("interlock_process_resident_bytes"), over: .seconds(1_800)), .above, growth, clearing: growth * 0.5)
                ]),
        ]
    }
}
