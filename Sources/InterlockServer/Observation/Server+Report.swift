import InterlockConcurrency
import InterlockProtocol
import InterlockStorage

extension Server {
    /// What the server tells about itself now; for dashboards, health and metrics.
    ///
    /// Costs some microseconds for each tool, session and call in flight: ask once a second rather than once a call.
    public var report: ServerReport {
        let (now, offered) = (configuration.clock.now, features.features.tools.ordered.map(\.value))
        let underWay = callsUnderWay()
        let operations = observer?.figures ?? []
        let figures = Dictionary(
            operations.compactMap { figures in figures.tool.map { ($0, figures) } }, uniquingKeysWith: { first, _ in first })
        return ServerReport(
            name: configuration.info.name, version: configuration.info.version, wallTime: configuration.clock.wallTime, time: now,
            isDraining: isDraining,
            sessions: SessionReport(
                sessions.all, limit: configuration.maximumConnections, waiting: sessionSlots.snapshot.total.waiting, now: now),
            calls: underWay.all, admission: admission.limiter.snapshot.total, admissionQueueDepth: configuration.maximumQueued,
            pendingBytes: admission.chargedBytes, pendingBytesLimit: configuration.maximumPendingBytes,
            subscriptions: subscriptions.count, subscriptionsLimit: configuration.maximumSubscriptions,
            storedEventBytes: configuration.eventStore.storedBytes, locks: exclusive.snapshot,
            workers: workerSnapshot(offered, underWay.tools, figures),
            tools: offered.map { tool in
                let name = tool.definition.name
                return ToolReport(
                    name: name, policies: tool.policyReports, events: tool.tally.events, calls: underWay.tools[name] ?? CallsReport(), figures: figures[name])
            },
            operations: operations, tenants: tenantReports, tenantTable: tenants?.snapshot, slowest: observer?.slowestCalls ?? [])
    }

    private func callsUnderWay() -> (all: CallsReport, tools: [String: CallsReport]) {
        var (all, tools) = (CallsReport(), [String: CallsReport]())
        for call in calls.all where call.isOpen {
            // Without an observer nobody notes when handlers begin: such calls count as running.
            let hasBegun = call.observation.map { $0.wait != nil } ?? true
            all.count(hasBegun: hasBegun)
            if call.request.method == Method.toolsCall, let tool = call.observation?.name { tools[tool, default: CallsReport()].count(hasBegun: hasBegun) }
        }
        return (all, tools)
    }

    /// Looks at the pool only where it exists: asking for it would start its threads.
    private func workerSnapshot(
        _ offered: [RegisteredTool], _ underWay: [String: CallsReport], _ figures: [String: OperationFigures]
    ) -> WorkerPoolSnapshot? {
        let isUsed = offered.contains { tool in
            let name = tool.definition.name
            return tool.policies.onWorkers && ((underWay[name]?.running ?? 0) > 0 || (figures[name]?.outcomes[.ok] ?? 0) > 0)
        }
        return configuration.workers != nil || isUsed ? workers.pool.snapshot : nil
    }

    private var tenantReports: [TenantReport] {
        (observer?.tenants.figures ?? []).map { figures in
            TenantReport(
                name: figures.tenant ?? "other", calls: figures.calls, failures: figures.failures,
                sessions: figures.tenant.flatMap { name in tenants.map { $0.sessionCount(of: name) } })
        }
            .sorted { ($0.calls, $1.name) > ($1.calls, $0.name) }
    }
}
