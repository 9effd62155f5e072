import InterlockConcurrency
import InterlockObservability
import InterlockServer

extension AdminMetrics {
    func exportSessions() {
        gauge("interlock_sessions_active", "Sessions open now.") { Double($0.sessions.count) }
        gauge("interlock_sessions_limit", "Sessions and connections there may be at once.") { Double($0.sessions.limit) }
        gauge("interlock_sessions_waiting", "Clients that wait for a session.") { Double($0.sessions.waiting) }
        for (index, age) in ["1m", "10m", "1h", "4h", "older"].enumerated() {
            gauge("interlock_sessions_by_age", "Sessions younger than this age and in no younger group.", labels: [MetricLabel("below", age)]) {
                index < $0.sessions.ages.count ? Double($0.sessions.ages[index].count) : nil
            }
        }
    }

    func exportCalls() {
        gauge("interlock_calls_in_flight", "Calls under way: those that run and those that wait.") { Double($0.calls.inFlight) }
        gauge("interlock_calls_waiting", "Calls that wait for locks, permits or their turn.") { Double($0.calls.waiting) }
        gauge("interlock_calls_running", "Calls whose handler has begun.") { Double($0.calls.running) }
        gauge("interlock_admission_active", "Calls that hold one of the server's places.") { Double($0.admission.active) }
        gauge("interlock_admission_limit", "Places of the server for calls.") { Double($0.admission.limit) }
        gauge("interlock_admission_waiting", "Calls that wait for one of the server's places.") { Double($0.admission.waiting) }
        gauge("interlock_pending_bytes", "Bytes of requests that run or wait.") { Double($0.pendingBytes) }
        gauge("interlock_pending_bytes_limit", "Bytes that such requests may have together.") { Double($0.pendingBytesLimit) }
        gauge("interlock_subscriptions_active", "Open subscription streams.") { Double($0.subscriptions) }
        gauge("interlock_event_store_bytes", "Bytes kept for streams that may be resumed.") { Double($0.storedEventBytes) }
        gauge("interlock_draining", "1 while the server shuts down, else 0.") { $0.isDraining ? 1 : 0 }
    }

    func exportLocksAndWorkers() {
        gauge("interlock_locks_held_keys", "Keys of exclusive that are held or waited for.") { Double($0.locks.keysHeld) }
        gauge("interlock_locks_holders", "Calls that hold their locks.") { Double($0.locks.holders) }
        gauge("interlock_locks_waiting", "Calls that wait for locks.") { Double($0.locks.waiting) }
        counter("interlock_locks_acquisitions_total", "Calls that got all their locks.") { Double($0.locks.acquisitions) }
        counter("interlock_locks_contended_total", "Those of them that had to wait.") { Double($0.locks.contended) }
        gauge("interlock_workers_threads", "Worker threads; absent until they are used.") { $0.workers.map { Double($0.threads) } }
        gauge("interlock_workers_busy", "Worker threads at work.") { $0.workers.map { Double($0.busy) } }
        gauge("interlock_workers_queued", "Work that waits for a worker thread.") { $0.workers.map { Double($0.queued) } }
        counter("interlock_workers_busy_seconds_total", "Time of worker threads spent on work, all together.") {
            $0.workers.map { Double($0.busyTime.wholeNanoseconds) / 1e9 }
        }
    }

    /// What the table of tenants does; absent where all callers are one.
    func exportTenants() {
        gauge("interlock_tenants_active", "Tenants in memory.") { $0.tenantTable.map { Double($0.tenants) } }
        for (state, isIdle) in [("idle", true), ("live", false)] {
            counter(
                "interlock_tenants_evicted_total", "Tenants forgotten for another's place; live ones had used some of their limits.",
                labels: [MetricLabel("state", state)]
            ) { $0.tenantTable.map { Double(isIdle ? $0.evictedIdle : $0.evictedLive) } }
        }
        gauge("interlock_tenants_configuration_refused", "1 while the last tenant configuration is not usable and the one before stays, else 0.") {
            $0.tenantTable.map { $0.configurationFailure == nil ? 0 : 1 }
        }
        counter("interlock_tenant_store_failures_total", "Questions that the store of the tenants' rate limits did not answer.") {
            $0.tenantTable.map { Double($0.storeFailures) }
        }
        gauge("interlock_tenant_store_degraded", "1 while tenants are served by their whenStoreFails, else 0.") {
            $0.tenantTable.map { $0.isStoreDegraded ? 1 : 0 }
        }
    }

    func exportExecutor() {
        guard let executor = sources.executor else { return }
        sources.registry.gauge("interlock_executor_last_delay_seconds", help: "How late the cooperative pool took up the last task of the probe.") {
            let snapshot = executor.snapshot
            return Double(max(snapshot.lastDelay, snapshot.ongoing?.duration ?? .zero).wholeNanoseconds) / 1e9
        }
        sources.registry.counter("interlock_executor_stalls_total", help: "Times no thread of the pool took up a task for too long.") {
            Double(executor.snapshot.stallCount)
        }
    }
}
