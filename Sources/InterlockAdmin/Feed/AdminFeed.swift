import InterlockConcurrency
import InterlockJSON
import InterlockObservability
import InterlockServer
import Synchronization

/// Looks at the server once a second and tells all open dashboards, from one look.
final class AdminFeed: Sendable {
    private let sources: AdminSources
    private let metrics: AdminMetrics
    private let history = Mutex(LoadHistory())
    private let machine: Mutex<FeedStateMachine<Waiter<Void>>>
    private let nextID = Atomic<Int>(0)

    init(_ sources: AdminSources, metrics: AdminMetrics, maximumListeners: Int) {
        self.sources = sources
        self.metrics = metrics
        machine = Mutex(FeedStateMachine(maximumListeners: maximumListeners))
    }

    /// Looks again and again, until the task is cancelled.
    func run() async {
        var next = sources.clock.now
        while !Task.isCancelled {
            look()
            next = max(next + .seconds(1), sources.clock.now)
            // Cancelled: the loop ends, which is how it is meant to end.
            do { try await sources.clock.sleep(until: next) } catch { break }
        }
        for waiter in machine.withLock({ $0.end() }) { waiter.resolve(()) }
    }

    /// Looks once, now.
    func look() {
        let report = sources.report()
        metrics.adopt(report)
        let (process, executor) = (sources.process?.statistics, sources.executor?.snapshot)
        let point = history.withLock { history in
            history.add(
                report, residentBytes: process?.residentBytes, executorDelay: executor.map { max($0.lastDelay, $0.ongoing?.duration ?? .zero) })
            return history.points.last
        }
        guard let point else { return }
        let sections = snapshot(of: report).sections
        for waiter in machine.withLock({ $0.advance(sections, point) }) { waiter.resolve(()) }
    }

    /// What is shown now: asked for anew, except that rates are those of the last look.
    var snapshot: AdminSnapshot { snapshot(of: sources.report()) }

    private func snapshot(of report: ServerReport) -> AdminSnapshot {
        let (lastMinute, toolRates) = history.withLock { ($0.lastMinute, $0.tools) }
        let (executor, alerts) = (sources.executor?.snapshot, sources.alerts?())
        let stores = sources.stores.map { ($0.observedName, $0.condition) }
        return AdminSnapshot(
            report: report,
            health: HealthVerdict.judge(
                report, lastMinute: lastMinute, stores: stores, executor: executor, alerts: alerts ?? [], now: sources.clock.now),
            lastMinute: lastMinute, toolRates: toolRates, process: sources.process?.statistics, executor: executor, stores: stores, alerts: alerts,
            stalls: sources.stalls?())
    }

    // MARK: - Listeners

    /// Takes a listener in; `nil` if there are enough.
    func listen() -> Listener? {
        machine.withLock { $0.join() } ? Listener(self) : nil
    }

    /// One open dashboard. Gives its place back when it is let go.
    final class Listener: Sendable {
        private let feed: AdminFeed

        init(_ feed: AdminFeed) { self.feed = feed }
        deinit { feed.machine.withLock { $0.leave() } }

        /// Waits for something new after the moment `known`; `nil` when there will be nothing more.
        func next(after known: Int) async throws -> (moment: Int, event: String)? {
            while true {
                let (id, waiter) = (feed.nextID.wrappingAdd(1, ordering: .relaxed).newValue, Waiter<Void>())
                switch feed.machine.withLock({ $0.next(after: known, id: id, waiter) }) {
                case .update(let update): return (update.moment, update.event)
                case .ended: return nil
                case .wait:
                    await waiter.wait { [feed] in feed.machine.withLock { $0.abandon(id: id) }?.resolve(()) }
                    try Task.checkCancellation()
                }
            }
        }
    }
}

extension FeedStateMachine.Update {
    /// One server-sent event: `state` for a listener that knows nothing, else `change`.
    var event: String {
        var json = JSONWriter(reservingCapacity: 8_192)
        json.object {
            if isComplete {
                $0.key("columns")
                $0.array(LoadPoint.columns) { $1.string($0) }
            }
            $0.key("points")
            $0.array(points) { $0.write(into: &$1) }
            $0.key("sections")
            $0.object {
                for section in sections {
                    $0.key(section.name)
                    $0.raw(RawJSON(unchecked: section.json[...]))
                }
            }
        }
        // JSON text has no line breaks, so it is one line of data.
        return "id: \(moment)\nevent: \(isComplete ? "state" : "change")\ndata: \(String(decoding: json.finish(), as: UTF8.self))\n\n"
    }
}
