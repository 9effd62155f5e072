import InterlockConcurrency
import InterlockProtocol
import Tracing

// The way of one call through its tool's policies, in their documented order, after those of ToolCall+Resilience.swift.
//
// 1. `exclusive`: the locks of its keys, all at once, fairly between tenants, or sessions where none is known. 2. `concurrency` or
// `adaptiveConcurrency`: a permit of the tool, fairly between tenants and between the sessions of each. 3. leases, where these hold over
// all instances. 4. `onWorkers`: a worker thread, as fairly. 5. the server-wide limit. 6. `timeout` begins. 7. `retry`: the handler runs,
// again if it must. 8. `hedge`: and beside itself when it takes long.
//
// The scarce and the specific come first, the common last: a call never holds a place of the whole server while it waits for one tool.
extension ToolCall {
    /// Asked only by calls that wait for something.
    private var turn: FairnessKey { FairnessKey(call.request.caller) }

    /// The usual call goes straight on: every function on its way costs it a frame, and so does every step that is in one, taken or not.
    func exclusively() async throws -> CallToolResult {
        if prepared.exclusiveKeys == nil, tool.policies.waitsForNothing { return try await admitted() }
        return try await inLine()
    }

    private func inLine() async throws -> CallToolResult {
        let deadline = tool.policies.queue.deadline.map { call.server.configuration.clock.now + $0 }
        guard let keys = prepared.exclusiveKeys, !keys.isEmpty else { return try await limited([], deadline) }
        return try await locked(keys, deadline)
    }

    private func locked(_ keys: [String], _ deadline: MonotonicTime?) async throws -> CallToolResult {
        let wait = beginStep("wait exclusive")
        let locks = call.server.exclusive
        // Free locks need no place in the line, so that a line without places refuses only those who would wait.
        let result = Task.isCancelled ? nil : try await locks.tryWithLocks(for: keys) {
            wait?.end()
            return try await limited(keys, deadline)
        }
        if let result { return result }
        var isWaiting = true
        defer { if isWaiting { wait?.end() } }
        do {
            let turn = turn
            let place = try tool.lockLine.join(for: turn, deadline: deadline)
            defer { if isWaiting { tool.lockLine.leave(place, served: false) } }
            return try await locks.withLocks(for: keys, by: turn.alone, deadline: deadline, revocation: place.revocation) {
                isWaiting = false
                tool.lockLine.leave(place, served: true)
                wait?.end()
                return try await limited(keys, deadline)
            }
        } catch let error as AcquireError where isWaiting {
            if error.isRefusal { tool.tally.countLockRefusal() }
            throw error.code == .queueFull ? tool.lockLine.full : error
        }
    }

    private func limited(_ keys: [String], _ deadline: MonotonicTime?) async throws -> CallToolResult {
        guard let limiter = tool.limiter else { return try await tool.policies.isClusterWide ? leased(keys, deadline) : onWorkers(deadline) }
        let permit = try await step("wait concurrency") { try await limiter.acquire(for: turn, of: turn.tenant, deadline: deadline) }
        defer { permit.release() }
        if let adaptive = tool.adaptivePermits {
            return try await adaptive.measured { try await tool.policies.isClusterWide ? leased(keys, deadline) : onWorkers(deadline) }
        }
        return try await tool.policies.isClusterWide ? leased(keys, deadline) : onWorkers(deadline)
    }

    /// The locks and permits that hold over all instances come after those of this process, so that each instance asks for one only once.
    private func leased(_ keys: [String], _ deadline: MonotonicTime?) async throws -> CallToolResult {
        try await holdingLeases(keys, deadline) { leases in
            try await ToolCall(self.call, self.tool, self.prepared, self.inputs, commit: self.commit, leases: leases, run: self.sharedRun).onWorkers(deadline)
        }
    }

    private func onWorkers(_ deadline: MonotonicTime?) async throws -> CallToolResult {
        guard tool.policies.onWorkers else { return try await admitted() }
        let permit = try await step("wait worker") { try await workerPermit(deadline) }
        defer { permit.release() }
        tool.tally.countWorkerRun()
        return try await call.server.workers.pool.runAsync { try await self.admitted() }
    }

    private func workerPermit(_ deadline: MonotonicTime?) async throws -> FairLimiter<FairnessKey>.Permit {
        let (limiter, turn) = (call.server.workers.limiter, turn)
        if !Task.isCancelled, let permit = limiter.tryAcquire(for: turn) { return permit }
        var isServed = false
        do throws(AcquireError) {
            let place = try tool.workerLine.join(for: turn, deadline: deadline)
            defer { tool.workerLine.leave(place, served: isServed) }
            let permit = try await limiter.acquire(for: turn, of: turn.tenant, deadline: deadline, revocation: place.revocation)
            isServed = true
            return permit
        } catch {
            if error.isRefusal { tool.tally.countWorkerRefusal() }
            throw error.code == .queueFull ? tool.workerLine.full : error
        }
    }

    private func admitted() async throws -> CallToolResult {
        let line = call.request.caller.fairnessKey
        guard call.server.tenants == nil, let permit = call.server.admission.limiter.tryAcquire(for: line) else { return try await waitedFor() }
        defer { permit.release() }
        call.observation?.handlerBegins(call.server.configuration.clock.now)
        guard tool.policies.timeout != nil || tool.resilience != nil || call.observation?.span != nil || commit != nil || leases != nil else {
            do { return try await prepared.run(HandlerContext(call: call, inputs: inputs)) } catch let error as AcquireError { throw HandlerGotNoTurn.from(error) }
        }
        return try await timed()
    }

    private func waitedFor() async throws -> CallToolResult {
        let wait = beginStep("wait admission")
        var hasBegun = false
        defer { if !hasBegun { wait?.end() } }
        return try await call.server.withPlace(for: call.request.caller) {
            hasBegun = true
            wait?.end()
            call.observation?.handlerBegins(call.server.configuration.clock.now)
            return try await timed()
        }
    }

    private func timed() async throws -> CallToolResult {
        guard let timeout = tool.policies.timeout else { return try await handled(nil) }
        let clock = call.server.configuration.clock
        let deadline = clock.now + timeout
        call.setDeadline(deadline)
        let timer = clock.schedule(at: deadline) { [call, sharedRun, timedOutResult, tool] in
            tool.tally.countTimeout()
            if let sharedRun { sharedRun.expire() } else { call.expire(timedOutResult) }
        }
        defer { timer.cancel() }
        do {
            let result = try await handled(deadline)
            // Too late is too late, whatever it says; only a call that takes effect once has its result kept, for whoever asks again.
            if hasExpired, commit == nil { throw HandlerTimedOut() }
            return result
        } catch where hasExpired && (commit == nil || error is CancellationError) {
            // Whatever it threw: what a handler calls says in its own words that it was cancelled.
            throw HandlerTimedOut()
        }
    }

    private var hasExpired: Bool { sharedRun?.hasExpired ?? call.hasExpired }

    private func handled(_ deadline: MonotonicTime?) async throws -> CallToolResult {
        if let leases, !leases.handlerBegins(at: call.server.configuration.clock.now) { throw LeaseLost() }
        let context = HandlerContext(call: call, inputs: inputs, isShared: isShared, once: commit, leases: leases)
        commit?.handlerBegins()
        do {
            guard let resilience = tool.resilience else { return try await step("handler") { try await prepared.run(context) } }
            guard let retry = resilience.retry else { return try await hedged(context, "handler") }
            return try await retry.run(deadline: deadline, clock: call.server.configuration.clock, random: call.server.configuration.random) { attempt in
                try await hedged(context, attempt == 1 ? "handler" : "handler, attempt \(attempt)")
            }
        } catch let error as AcquireError {
            throw HandlerGotNoTurn.from(error)
        }
    }

    var timedOutResult: CallToolResult {
        let limit = tool.policies.timeout ?? .zero
        return .error("'\(tool.definition.name)' did not finish within \(limit). Try again later, or ask for less.")
    }
}

extension AcquireError {
    /// Whether the queue turned the call away, by its length or its deadline; not so when the caller went.
    fileprivate var isRefusal: Bool { code == .queueFull || code == .deadlineExceeded }
}
