import InterlockConcurrency
import InterlockProtocol

/// The way of one call through its tool's policies, in their documented order.
///
/// 1. `exclusive`: the locks of its keys, all at once. 2. `concurrency`: a permit of the tool, fairly between sessions.
/// 3. `onWorkers`: a worker thread. 4. the server-wide limit. 5. `timeout` begins, the handler runs.
///
/// The scarce and the specific come first, the common last: a call never holds a place of the whole server while it waits for one tool.
struct ToolPolicyChain {
    let server: Server
    let tool: RegisteredTool
    let call: ActiveCall

    func run(_ prepared: PreparedCall, _ inputs: InputRounds) async throws -> CallToolResult {
        let deadline = tool.policies.queueDeadline.map { server.configuration.clock.now + $0 }
        guard let keys = prepared.exclusiveKeys, !keys.isEmpty else { return try await limited(prepared, inputs, deadline) }
        try tool.joinLine()
        var hasLeft = false
        defer { if !hasLeft { tool.leaveLine() } }
        return try await server.exclusive.withLocks(for: keys, deadline: deadline) {
            tool.leaveLine()
            hasLeft = true
            return try await limited(prepared, inputs, deadline)
        }
    }

    private func limited(_ prepared: PreparedCall, _ inputs: InputRounds, _ deadline: MonotonicTime?) async throws -> CallToolResult {
        guard let limiter = tool.limiter else { return try await onWorkers(prepared, inputs, deadline) }
        let permit = try await limiter.acquire(for: call.request.caller.fairnessKey, deadline: deadline)
        defer { permit.release() }
        return try await onWorkers(prepared, inputs, deadline)
    }

    private func onWorkers(_ prepared: PreparedCall, _ inputs: InputRounds, _ deadline: MonotonicTime?) async throws -> CallToolResult {
        guard tool.policies.onWorkers else { return try await admitted(prepared, inputs) }
        let permit = try await server.workers.limiter.acquire(for: call.request.caller.fairnessKey, deadline: deadline)
        defer { permit.release() }
        return try await server.workers.pool.runAsync { try await admitted(prepared, inputs) }
    }

    private func admitted(_ prepared: PreparedCall, _ inputs: InputRounds) async throws -> CallToolResult {
        let permit = try await server.admission.limiter.acquire(for: call.request.caller.fairnessKey)
        defer { permit.release() }
        guard let timeout = tool.policies.timeout else { return try await prepared.run(HandlerContext(call: call, inputs: inputs)) }
        let deadline = server.configuration.clock.now + timeout
        call.setDeadline(deadline)
        let name = tool.definition.name
        let timer = server.configuration.clock.schedule(at: deadline) { [call] in
            call.expire(CallToolResult(content: [.text("'\(name)' did not finish within \(timeout). Try again later, or ask for less.")], isError: true))
        }
        defer { timer.cancel() }
        return try await prepared.run(HandlerContext(call: call, inputs: inputs))
    }
}
