import InterlockConcurrency
import InterlockJSON
import InterlockObservability
import InterlockServer
import InterlockStorage

/// Everything the admin listener shows, at one moment.
struct AdminSnapshot: Sendable {
    var report: ServerReport
    var health: HealthVerdict
    var lastMinute: CallRates
    var toolRates: [String: CallRates]
    var process: ProcessStatistics?
    var executor: ExecutorDelayProbe.Snapshot?
    var stores: [(name: String, condition: StoreCondition)]
    /// `nil` where nothing watches.
    var alerts: [AlertStatus]?
    /// `nil` where nothing watches; oldest first.
    var stalls: [StallRecord]?

    /// What is shown beside the sections of the report.
    enum Section: String, CaseIterable {
        case health, rates, process, executor, stores, alerts, stalls
    }

    /// Every section by its name, as JSON.
    var sections: [(name: String, json: [UInt8])] {
        ServerReport.Section.allCases.map { section in (section.rawValue, Self.json { report.write(section, into: &$0) }) }
            + Section.allCases.map { section in (section.rawValue, Self.json { write(section, into: &$0) }) }
    }

    private static func json(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        body(&json)
        return json.finish()
    }

    private func write(_ section: Section, into json: inout JSONWriter) {
        switch section {
        case .health: health.write(into: &json)
        case .rates: writeRates(into: &json)
        case .process: write(process, into: &json)
        case .executor: write(executor, into: &json)
        case .stores: json.array(stores) { Self.write($0, into: &$1) }
        case .alerts: if let alerts { json.array(alerts) { Self.write($0, now: report.time, into: &$1) } } else { json.null() }
        // Without stacks, which are many kilobytes: /admin/stalls has them.
        case .stalls: if let stalls { json.array(stalls.reversed()) { $0.write(into: &$1, withStacks: false) } } else { json.null() }
        }
    }

    private func writeRates(into json: inout JSONWriter) {
        json.object {
            $0.key("all")
            lastMinute.write(into: &$0)
            $0.key("tools")
            $0.object { for tool in report.tools { $0.key(tool.name); (toolRates[tool.name] ?? CallRates()).write(into: &$0) } }
        }
    }

    private func write(_ process: ProcessStatistics?, into json: inout JSONWriter) {
        guard let process else { return json.null() }
        json.object {
            $0.member("residentBytes", process.residentBytes)
            $0.member("cpuSeconds", process.userTime + process.systemTime)
            $0.member("threads", process.threads)
            $0.member("openDescriptors", process.openDescriptors)
            if let limit = process.descriptorLimit { $0.member("descriptorLimit", limit) }
        }
    }

    private func write(_ executor: ExecutorDelayProbe.Snapshot?, into json: inout JSONWriter) {
        guard let executor else { return json.null() }
        json.object {
            $0.member("lastDelay", executor.lastDelay)
            $0.member("longestDelay", executor.longestDelay)
            $0.member("stalls", executor.stallCount)
            $0.member("isStalled", executor.ongoing != nil)
        }
    }

    private static func write(_ store: (name: String, condition: StoreCondition), into json: inout JSONWriter) {
        json.object {
            $0.member("name", store.name)
            $0.member("isDegraded", store.condition.outage != nil)
            if let outage = store.condition.outage {
                $0.member("reason", outage.reason.rawValue)
                $0.member("since", outage.since)
            }
            $0.member("p50", store.condition.latencies.quantile(0.5))
            $0.member("p99", store.condition.latencies.quantile(0.99))
        }
    }

    private static func write(_ alert: AlertStatus, now: MonotonicTime, into json: inout JSONWriter) {
        json.object {
            $0.member("name", alert.rule.name)
            $0.member("severity", alert.rule.severity.rawValue)
            $0.member("summary", alert.rule.summary)
            $0.member("phase", alert.phase.name)
            $0.key("conditions")
            $0.array(Array(zip(alert.rule.conditions, alert.values))) { pair, json in
                json.object {
                    $0.member("expression", pair.0.expression.description)
                    $0.member("comparison", pair.0.comparison.rawValue)
                    $0.member("threshold", pair.0.threshold)
                    $0.key("value")
                    $0.rounded(pair.1)
                }
            }
        }
    }
}

extension AlertPhase {
    /// In a word.
    var name: String {
        switch self {
        case .inactive: "inactive"
        case .pending: "pending"
        case .firing: "firing"
        case .resolved: "resolved"
        }
    }
}

extension CallRates {
    func write(into json: inout JSONWriter) {
        json.object {
            $0.key("calls")
            $0.rounded(calls)
            $0.key("failures")
            $0.rounded(failures)
            $0.member("p50", p50)
            $0.member("p95", p95)
            $0.member("p99", p99)
            $0.member("count", count)
        }
    }
}
