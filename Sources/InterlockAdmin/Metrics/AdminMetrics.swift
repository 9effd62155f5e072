import InterlockConcurrency
import InterlockObservability
import InterlockServer
import Synchronization

/// Exports what a server holds as metrics of a registry, under the names in docs/observability.md.
///
/// The metrics are callbacks that read one report, at most a second old however many they are. Those with a label of a tool
/// come and go with the tools, when ``adopt(_:)`` is told of them; the registry bounds how many labels there are.
final class AdminMetrics: Sendable {
    private static let lifetime = Duration.seconds(1)

    let sources: AdminSources
    private let last = Mutex<ServerReport?>(nil)
    /// The tools whose metrics are in the registry, and which these are.
    // interlock:allow unbounded-growth because there is one for each tool the server offers now: names that are gone are taken out
    private let exported = Mutex<[String: [(name: String, labels: [MetricLabel])]]>([:])
    /// The tenants whose sessions are in the registry: at most as many as have a name in the report.
    private let exportedTenants = Mutex<Set<String>>([])

    init(_ sources: AdminSources) { self.sources = sources }

    /// Registers everything that has no label of a tool.
    func export() {
        sources.process?.export(to: sources.registry)
        exportSessions()
        exportCalls()
        exportLocksAndWorkers()
        exportStores()
        exportGates()
        exportConnections()
        exportTenants()
        exportExecutor()
    }

    /// Takes a new report in, and registers the metrics of tools that were not there before.
    func adopt(_ report: ServerReport) {
        last.withLock { $0 = report }
        let missing = exported.withLock { exported in
            let names = Set(report.tools.map(\.name))
            let gone = exported.filter { !names.contains($0.key) }
            for name in gone.keys { exported[name] = nil }
            let new = report.tools.filter { exported[$0.name] == nil }
            for tool in new { exported[tool.name] = Self.metrics(of: tool).map { ($0.name, [MetricLabel("tool", tool.name)] + $0.labels) } }
            return (new: new, gone: gone)
        }
        for (name, labels) in missing.gone.values.joined() { sources.registry.remove(name, labels: labels) }
        for tool in missing.new { export(tool) }
        adoptTenants(of: report)
    }

    private func adoptTenants(of report: ServerReport) {
        let names = Set(report.tenants.filter { $0.sessions != nil }.map(\.name))
        let (new, gone) = exportedTenants.withLock { exported in
            defer { exported = names }
            return (names.subtracting(exported), exported.subtracting(names))
        }
        for name in gone { sources.registry.remove(Self.tenantSessions, labels: [MetricLabel("tenant", name)]) }
        for name in new {
            gauge(Self.tenantSessions, "Sessions of a tenant now.", labels: [MetricLabel("tenant", name)]) { report in
                report.tenants.first { $0.name == name && $0.sessions != nil }?.sessions.map(Double.init)
            }
        }
    }

    private static let tenantSessions = "interlock_tenant_sessions"

    /// The last report, or a new one when that is too old.
    var report: ServerReport {
        let now = sources.clock.now
        if let kept = last.withLock({ $0 }), now - kept.time < Self.lifetime { return kept }
        // Two may ask at once; both are told the truth.
        let report = sources.report()
        adopt(report)
        return report
    }

    func gauge(_ name: String, _ help: String, labels: [MetricLabel] = [], _ value: @escaping @Sendable (ServerReport) -> Double?) {
        sources.registry.gauge(name, help: help, labels: labels) { [weak self] in self.flatMap { value($0.report) } }
    }

    func counter(_ name: String, _ help: String, labels: [MetricLabel] = [], _ value: @escaping @Sendable (ServerReport) -> Double?) {
        sources.registry.counter(name, help: help, labels: labels) { [weak self] in self.flatMap { value($0.report) } }
    }
}
