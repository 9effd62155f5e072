import InterlockConcurrency
import InterlockJSON
import InterlockObservability
import InterlockServer
import InterlockStorage

/// How the server does, in a word, in a sentence, and why.
public struct HealthVerdict: Sendable, Hashable {
    /// How the server does, in a word.
    public enum Level: String, Sendable, Hashable {
        /// All is well.
        case healthy
        /// It serves, and somebody should look.
        case degraded
        /// It takes no new work.
        case draining
    }

    /// How the server does, in a word.
    public var level: Level
    /// What is not as it should be, most important first.
    public var reasons: [HealthReason]

    /// The headline: plain words, without numbers that change every second.
    public var sentence: String {
        switch level {
        case .healthy: return "All is well."
        case .draining: return "Shutting down: what is in flight is finished, and nothing new is taken."
        case .degraded:
            let shown = reasons.prefix(3).map(\.message)
            let more = reasons.count > 3 ? ["\(reasons.count - 3) more"] : []
            let parts = shown + more
            let list = parts.count > 1 ? parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "") : parts.first ?? ""
            return "Degraded: \(list)."
        }
    }

    /// Judges one moment.
    static func judge(
        _ report: ServerReport, lastMinute: CallRates, stores: [(name: String, condition: StoreCondition)], executor: ExecutorDelayProbe.Snapshot?,
        alerts: [AlertStatus], now: MonotonicTime
    ) -> HealthVerdict {
        var reasons: [HealthReason] = []
        if report.isDraining { reasons.append(HealthReason(.draining, "the server shuts down")) }
        for (name, condition) in stores {
            guard let outage = condition.outage else { continue }
            let message = "the store '\(name)' is degraded (\(outage.reason.words))"
            reasons.append(HealthReason(.storeDegraded, message, store: HealthReason.Store(name: name, outage: outage)))
        }
        if let stall = executor.flatMap({ recentStall($0, now: now) }) {
            let tense = stall.hasEnded ? "waited" : "wait"
            reasons.append(HealthReason(.executorStalled, "tasks \(tense) for a thread: something blocks the cooperative pool"))
        }
        for tool in report.tools {
            switch tool.breaker?.state {
            case .open?, .forcedOpen?: reasons.append(HealthReason(.breakerOpen, "the breaker of '\(tool.name)' is open"))
            case .halfOpen?: reasons.append(HealthReason(.breakerOpen, "the breaker of '\(tool.name)' is half open"))
            case .closed?, .forcedClosed?, .disabled?, nil: break
            }
        }
        if report.sessions.count * 10 >= report.sessions.limit * 9 {
            reasons.append(HealthReason(.sessionsNearLimit, "nearly all sessions are in use"))
        }
        if report.admission.waiting * 2 > report.admissionQueueDepth {
            reasons.append(HealthReason(.queueFilling, "more than half of the queue for calls is in use"))
        }
        if lastMinute.count >= fewestCalls, lastMinute.failureShare > toleratedFailures {
            reasons.append(HealthReason(.callsFailing, "many calls of the last minute did not end well"))
        }
        if let failure = report.tenantTable?.configurationFailure {
            let shown = failure.count > longestFailure ? failure.prefix(longestFailure) + "…" : failure[...]
            reasons.append(HealthReason(.tenantsRefused, "the last tenant configuration was refused and the one before is in force (\(shown))"))
        }
        for alert in alerts {
            if case .firing = alert.phase { reasons.append(HealthReason(.alertFiring, "the alert '\(alert.rule.name)' is firing")) }
        }
        return HealthVerdict(level: report.isDraining ? .draining : reasons.isEmpty ? .healthy : .degraded, reasons: reasons)
    }

    /// Calls in a minute from which a share of failures says something.
    private static let fewestCalls = 20
    private static let toleratedFailures = 0.05
    /// Characters of why a configuration was refused; the log has it all.
    private static let longestFailure = 300
    /// How long a stall is told of after its end.
    private static let stallMemory = Duration.seconds(30)

    private static func recentStall(_ executor: ExecutorDelayProbe.Snapshot, now: MonotonicTime) -> ExecutorStall? {
        if let ongoing = executor.ongoing { return ongoing }
        return executor.stalls.last { now - ($0.began + $0.duration) < stallMemory }
    }

    /// `{"status", "sentence", "reasons": [{"code", "message"}]}`; of a store that is degraded also `"store", "reason", "since"`.
    func write(into json: inout JSONWriter) {
        json.object {
            $0.member("status", level.rawValue)
            $0.member("sentence", sentence)
            $0.key("reasons")
            $0.array(reasons) { reason, json in
                json.object {
                    $0.member("code", reason.code.rawValue)
                    $0.member("message", reason.message)
                    guard let store = reason.store else { return }
                    $0.member("store", store.name)
                    $0.member("reason", store.outage.reason.rawValue)
                    $0.member("since", store.outage.since)
                }
            }
        }
    }
}
