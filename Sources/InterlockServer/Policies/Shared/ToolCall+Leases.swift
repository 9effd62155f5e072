import InterlockConcurrency
import InterlockProtocol
import InterlockStorage
import Logging

/// A lease passed before the call was done: its instance had lost touch with the store.
struct LeaseLost: Error {}

// Locks and permits over all instances: leases that are taken in one order, renewed from the first on until the handler has returned, and lapse when
// their instance dies.
extension ToolCall {
    func holdingLeases(
        _ keys: [String], _ deadline: MonotonicTime?, _ body: @escaping @Sendable (HeldLeases) async throws -> CallToolResult
    ) async throws -> CallToolResult {
        let until = deadline ?? call.server.configuration.clock.now + .seconds(30)
        let leases = try await step("wait lease") { try await acquireLeases(keys, until: until) }
        do {
            let result = try await renewing(leases, body)
            await release(leases.takeAll())
            return result
        } catch {
            await release(leases.takeAll())
            guard error is LeaseLost else { throw error }
            guard leases.hasBegun else {
                throw AcquireError(code: .deadlineExceeded, message: "its lock over all instances was lost before it began", retryAfter: .seconds(1))
            }
            return .error("'\(tool.definition.name)' was stopped: its lock over all instances was lost. Whether it took effect is not known.")
        }
    }

    private struct WantedLease {
        var name: String
        /// The key of `exclusive`; `nil` for a permit.
        var key: String?
        var limit: Int
    }

    /// All callers take them in this order, the permit last, so none waits for another in a circle.
    private func wantedLeases(_ keys: [String]) -> [WantedLease] {
        var wanted: [WantedLease] = []
        if tool.policies.exclusiveScope == .cluster { wanted = Set(keys).sorted().map { WantedLease(name: "lock:" + $0, key: $0, limit: 1) } }
        if tool.policies.concurrencyScope == .cluster, let limit = tool.policies.concurrency {
            wanted.append(WantedLease(name: "permits:" + tool.definition.name, limit: limit))
        }
        return wanted
    }

    /// Takes one after the other, and keeps what it has while it waits for the rest: who waits does so on its own instance, and the instances ask in no order.
    ///
    /// When one is lost meanwhile nothing has been done yet: all are given back, and the call begins again with what is left of its time.
    private func acquireLeases(_ keys: [String], until deadline: MonotonicTime) async throws -> HeldLeases {
        let configuration = call.server.configuration
        let (clock, duration) = (configuration.clock, configuration.leaseDuration)
        let backoff = Backoff(first: .milliseconds(4), longest: .milliseconds(100), jitter: .half)
        let (wanted, held) = (wantedLeases(keys), HeldLeases(duration: duration))
        var failures = 0
        do {
            while held.count < wanted.count {
                let (next, askedAt) = (wanted[held.count], clock.now)
                let lease = try await configuration.leaseStore.acquire(next.name, limit: next.limit, duration: duration)
                if let lease { held.add(lease, of: next.key, askedAt: askedAt) }
                let isHeld = try await renew(held.due(at: clock.now), of: held)
                if isHeld, lease != nil {
                    failures = 0
                    continue
                }
                if !isHeld { await release(held.takeAll()) }
                failures += 1
                let again = clock.now + backoff.delay(afterFailures: failures, fraction: configuration.random.fraction())
                guard again < deadline else {
                    throw AcquireError(code: .deadlineExceeded, message: "another instance holds what it needs", retryAfter: .seconds(1))
                }
                try await clock.sleep(until: again)
            }
            return held
        } catch {
            await release(held.takeAll())
            throw error
        }
    }

    /// False if one of them is this call's no longer.
    private func renew(_ leases: [Lease], of held: HeldLeases) async throws(StoreError) -> Bool {
        let configuration = call.server.configuration
        for lease in leases {
            let askedAt = configuration.clock.now
            guard try await configuration.leaseStore.renew(lease, duration: configuration.leaseDuration) else { return false }
            held.renewed(lease, askedAt: askedAt)
        }
        return true
    }

    /// Runs the handler beside the renewal of what it holds; whichever ends first ends the other.
    private func renewing(_ leases: HeldLeases, _ body: @escaping @Sendable (HeldLeases) async throws -> CallToolResult) async throws -> CallToolResult {
        try await withThrowingTaskGroup(of: CallToolResult.self) { group in
            group.addTask { try await body(leases) }
            group.addTask { try await self.keep(leases) }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }

    /// Renews every third of their time, and throws when one of them is lost or may be; it never returns.
    private func keep(_ leases: HeldLeases) async throws -> CallToolResult {
        let configuration = call.server.configuration
        let clock = configuration.clock
        while true {
            try await clock.sleep(until: min(clock.now + configuration.leaseDuration / 3, leases.heldUntil))
            guard clock.now < leases.heldUntil else { throw LeaseLost() }
            let isHeld: Bool
            do throws(StoreError) {
                isHeld = try await renew(leases.all, of: leases)
            } catch {
                isHeld = error.code == .unavailable // out of touch for a while is no loss yet
            }
            guard isHeld else { throw LeaseLost() }
        }
    }

    /// What cannot be given back lapses by itself.
    private func release(_ leases: [Lease]) async {
        guard !leases.isEmpty else { return }
        let configuration = call.server.configuration
        // A task of its own, awaited here: the call's may be cancelled, which must not keep a lock from others.
        await Task {
            for lease in leases {
                do throws(StoreError) {
                    try await configuration.leaseStore.release(lease)
                } catch {
                    configuration.logger.warning("a lease could not be given back and lapses by itself", metadata: ["error": "\(error)"])
                }
            }
        }.value
    }
}
