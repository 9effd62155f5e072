import InterlockConcurrency
public import InterlockJSON

// As JSON, one object with a member for each section: durations in seconds, times in milliseconds since the Unix epoch.
extension ServerReport {
    /// A part of the report: what changes together, and what a listener that knows the rest has to be told anew.
    public enum Section: String, Sendable, Hashable, CaseIterable {
        case server, sessions, calls, locks, workers, tools, operations, tenants, slowest
    }

    /// The whole report as one JSON object.
    public var json: [UInt8] {
        var json = JSONWriter(reservingCapacity: 4_096)
        json.beginObject()
        json.key("time")
        json.int64(wallTime)
        for section in Section.allCases {
            json.key(section.rawValue)
            write(section, into: &json)
        }
        json.endObject()
        return json.finish()
    }

    /// Writes the value of one section: an object, or an array of objects; `null` for workers that are not used.
    public func write(_ section: Section, into json: inout JSONWriter) {
        switch section {
        case .server:
            json.object {
                $0.member("name", name)
                $0.member("version", version)
                $0.member("isDraining", isDraining)
            }
        case .sessions: write(sessions, into: &json)
        case .calls: writeCalls(into: &json)
        case .locks: write(locks, into: &json)
        case .workers: write(workers, into: &json)
        case .tools: json.array(tools) { $0.write(&$1) }
        case .operations: json.array(operations) { $0.write(&$1) }
        case .tenants:
            json.array(tenants) { tenant, json in
                json.object {
                    $0.member("name", tenant.name)
                    $0.member("calls", tenant.calls)
                    $0.member("failures", tenant.failures)
                }
            }
        case .slowest: json.array(slowest) { $0.write(&$1) }
        }
    }

    private func write(_ sessions: SessionReport, into json: inout JSONWriter) {
        json.object {
            $0.member("count", sessions.count)
            $0.member("limit", sessions.limit)
            $0.member("waiting", sessions.waiting)
            $0.key("ages")
            $0.array(sessions.ages) { group, json in
                json.object {
                    $0.member("below", group.below)
                    $0.member("count", group.count)
                }
            }
            $0.key("revisions")
            $0.object { for (revision, count) in sessions.revisions.sorted(by: { $0.key < $1.key }) { $0.member(revision, count) } }
        }
    }

    private func writeCalls(into json: inout JSONWriter) {
        json.object {
            $0.member("running", calls.running)
            $0.member("waiting", calls.waiting)
            $0.member("limit", admission.limit)
            $0.member("active", admission.active)
            $0.member("queued", admission.waiting)
            $0.member("queueDepth", admissionQueueDepth)
            $0.member("refused", admission.refused)
            $0.member("expired", admission.expired)
            $0.member("pendingBytes", pendingBytes)
            $0.member("pendingBytesLimit", pendingBytesLimit)
            $0.member("subscriptions", subscriptions)
            $0.member("subscriptionsLimit", subscriptionsLimit)
            $0.member("storedEventBytes", storedEventBytes)
        }
    }

    private func write(_ locks: KeyedMutexSnapshot, into json: inout JSONWriter) {
        json.object {
            $0.member("keysHeld", locks.keysHeld)
            $0.member("holders", locks.holders)
            $0.member("waiting", locks.waiting)
            $0.member("acquisitions", locks.acquisitions)
            $0.member("contended", locks.contended)
            $0.member("refused", locks.refused)
            $0.member("expired", locks.expired)
            $0.member("peakWaiting", locks.peakWaiting)
            $0.member("waitP50", locks.waits.quantile(0.5))
            $0.member("waitP99", locks.waits.quantile(0.99))
            $0.member("longestWait", locks.waits.longest)
        }
    }

    private func write(_ workers: WorkerPoolSnapshot?, into json: inout JSONWriter) {
        guard let workers else { return json.null() }
        json.object {
            $0.member("threads", workers.threads)
            $0.member("busy", workers.busy)
            $0.member("queued", workers.queued)
            $0.member("refused", workers.refused)
            $0.member("peakQueued", workers.peakQueued)
            $0.member("busySeconds", workers.busyTime)
        }
    }
}

extension ToolReport {
    fileprivate func write(_ json: inout JSONWriter) {
        json.object {
            $0.member("name", name)
            $0.member("running", calls.running)
            $0.member("waiting", calls.waiting)
            $0.member("count", figures?.count ?? 0)
            $0.key("policies")
            $0.array(policies) { $0.write(&$1) }
        }
    }
}

extension OperationFigures {
    fileprivate func write(_ json: inout JSONWriter) {
        json.object {
            $0.member("operation", operation)
            if let tool { $0.member("tool", tool) }
            $0.member("count", count)
            $0.key("outcomes")
            $0.object { for outcome in CallOutcome.allCases { if let count = outcomes[outcome] { $0.member(outcome.rawValue, count) } } }
            $0.key("durations")
            $0.distribution(durations)
            $0.key("waits")
            $0.distribution(waits)
        }
    }
}

extension CallRecord {
    fileprivate func write(_ json: inout JSONWriter) {
        json.object {
            $0.member("operation", operation)
            if let name { $0.member("name", name) }
            if let tenant { $0.member("tenant", tenant) }
            $0.member("startedAt", startedAt)
            $0.member("wait", wait)
            $0.member("duration", duration)
            $0.member("outcome", outcome.rawValue)
            if let traceID { $0.member("traceID", traceID) }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func distribution(_ histogram: DurationHistogram) {
        object {
            $0.member("count", histogram.count)
            $0.member("p50", histogram.quantile(0.5))
            $0.member("p95", histogram.quantile(0.95))
            $0.member("p99", histogram.quantile(0.99))
            $0.member("max", histogram.longest)
            $0.member("mean", histogram.mean)
        }
    }
}
