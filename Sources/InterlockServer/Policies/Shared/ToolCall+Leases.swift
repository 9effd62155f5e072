import InterlockConcurrency
import InterlockProtocol
import InterlockStorage
import Logging

/// A lease passed before the call was done: its instance had lost touch with the store.
struct LeaseLost: Error {}

// Locks and permits over all instances: leases that are taken in one order, renewed while the handler runs, and lapse when their instance dies.
extension ToolCall {
    func holdingLeases(
        _ keys: [String], _ deadline: MonotonicTime?, _ body: @escaping @Sendable (HeldLeases) async throws -> CallToolResult
    ) async throws -> CallToolResult {
        let configuration = call.server.configuration
        let until = deadline ?? configuration.clock.now + .seconds(30)
        let leases = try await step("wait lease") { try await acquireLeases(keys, until: until) }
        do {
            let result = try await renewing(leases, body)
            await release(leases)
            return result
        } catch {
            await release(leases)
            guard error is LeaseLost else { throw error }
            return .error("'\(tool.definition.name)' was stopped: its lock over all instances was lost. Whether it took effect is not known.")
        }
    }

    private func acquireLeases(_ keys: [String], until deadline: MonotonicTime) async throws -> HeldLeases {
        var locks: [String: Lease] = [:]
        do {
            // All callers take them in the same order, so none waits for another in a circle.
            if tool.policies.exclusiveScope == .cluster {
                for key in Set(keys).sorted() { locks[key] = try await lease("lock:" + key, limit: 1, until: deadline) }
            }
            guard tool.policies.concurrencyScope == .cluster, let limit = tool.policies.concurrency else { return HeldLeases(locks: locks) }
            return HeldLeases(locks: locks, permit: try await lease("permits:" + tool.definition.name, limit: limit, until: deadline))
        } catch {
            await release(HeldLeases(locks: locks))
            throw error
        }
    }

    /// Asks until a permit comes free: who waits does so on its own instance, and the instances ask in no order.
    private func lease(_ key: String, limit: Int, until deadline: MonotonicTime) async throws -> Lease {
        let configuration = call.server.configuration
        let clock = configuration.clock
        let backoff = Backoff(first: .milliseconds(4), longest: .milliseconds(100), jitter: .half)
        var failures = 0
        while true {
            if let lease = try await configuration.leaseStore.acquire(key, limit: limit, duration: configuration.leaseDuration) { return lease }
            failures += 1
            let next = clock.now + backoff.delay(afterFailures: failures, fraction: configuration.random.fraction())
            guard next < deadline else {
                throw AcquireError(code: .deadlineExceeded, message: "another instance holds what it needs", retryAfter: .seconds(1))
            }
            try await clock.sleep(until: next)
        }
    }

    /// Runs the handler beside the renewal of what it holds; whichever ends first ends the other.
    private func renewing(_ leases: HeldLeases, _ body: @escaping @Sendable (HeldLeases) async throws -> CallToolResult) async throws -> CallToolResult {
        let configuration = call.server.configuration
        let (clock, store, duration) = (configuration.clock, configuration.leaseStore, configuration.leaseDuration)
        return try await withThrowingTaskGroup(of: CallToolResult.self) { group in
            group.addTask { try await body(leases) }
            group.addTask {
                var renewedAt = clock.now
                while true {
                    try await clock.sleep(until: clock.now + duration / 3)
                    do throws(StoreError) {
                        for lease in leases.all {
                            guard try await store.renew(lease, duration: duration) else { throw StoreError(.refused, "the lease has lapsed") }
                        }
                        renewedAt = clock.now
                    } catch {
                        // Out of touch for a while is no loss yet; a lease that has lapsed, or must have, is.
                        if error.code != .unavailable || clock.now - renewedAt >= duration { throw LeaseLost() }
                    }
                }
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }

    /// What cannot be given back lapses by itself.
    private func release(_ leases: HeldLeases) async {
        let configuration = call.server.configuration
        // A task of its own, awaited here: the call's may be cancelled, which must not keep a lock from others.
        await Task {
            for lease in leases.all {
                do throws(StoreError) {
                    try await configuration.leaseStore.release(lease)
                } catch {
                    configuration.logger.warning("a lease could not be given back and lapses by itself", metadata: ["error": "\(error)"])
                }
            }
        }.value
    }
}
