import InterlockConcurrency
import InterlockProtocol
import Logging

/// One call of a tool whose arguments have been read: runs it under its policies and answers.
final class ToolCall: Sendable {
    let call: ActiveCall
    let tool: RegisteredTool
    let prepared: PreparedCall
    let inputs: InputRounds
    /// Ties changes of state to the key of an idempotent call.
    let commit: IdempotentCommit?
    /// What the call holds over all instances.
    let leases: HeldLeases?
    /// The run whose result the call shares with others, where these have a timeout in common.
    let sharedRun: SharedRun?

    init(
        _ call: ActiveCall, _ tool: RegisteredTool, _ prepared: PreparedCall, _ inputs: InputRounds, commit: IdempotentCommit? = nil,
        leases: HeldLeases? = nil, run: SharedRun? = nil
    ) {
        self.call = call
        self.tool = tool
        self.prepared = prepared
        self.inputs = inputs
        self.commit = commit
        self.leases = leases
        self.sharedRun = run
    }

    /// Whether the result may be handed to other calls too: then the handler goes on while any of them waits.
    var isShared: Bool { tool.policies.cache != nil || tool.policies.coalesces != nil }

    /// Through every policy but idempotency.
    func guarded() async throws -> CallToolResult {
        if let resilience = tool.resilience { try await throughPolicies(resilience) } else { try await exclusively() }
    }

    func run() async {
        let name = tool.definition.name
        do {
            if let tenants = call.server.tenants { try await chargeTenant(tenants) }
            let result = if let policy = tool.policies.idempotency, let key = prepared.idempotencyKey {
                try await once(key, policy)
            } else if let resilience = tool.resilience {
                try await throughPolicies(resilience)
            } else {
                try await exclusively()
            }
            try tool.checkOutput(result)
            call.remember(tool, result.isError ? .toolError : .succeeded)
            call.finish(result)
        } catch let error as AcquireError {
            call.remember(tool, error.code == .cancelled ? .cancelled : .refused)
            call.server.observer?.refused(error.code)
            call.finish(Admission.busy(error, tool: name))
        } catch is CancellationError where call.cancellation != nil {
            call.remember(tool, .cancelled) // nothing is sent for a cancelled call
        } catch is HandlerTimedOut {
            call.remember(tool, .timedOut)
            call.finish(timedOutResult) // unless it was answered when the timeout passed: who shares a run is answered by its end
        } catch let error where error is InputRequired || error is ProtocolError {
            call.remember(tool, error is ProtocolError ? .protocolError : .succeeded)
            call.server.finish(call, name: name, inputs: inputs, failedWith: error)
        } catch {
            call.remember(tool, .toolError)
            if !(error is ToolError) {
                call.server.configuration.logger.error("a tool failed", metadata: ["tool": "\(name)", "error": "\(error)"])
            }
            call.finish(ErrorMapping.toolResult(for: error, tool: name))
        }
    }
}

extension ActiveCall {
    /// Notes in the session's history how a call of a tool ended.
    func remember(_ tool: RegisteredTool, _ outcome: SessionHistoryEntry.Outcome) {
        guard let session = request.caller.session else { return }
        let entry = SessionHistoryEntry(tool: tool.definition.name, at: server.configuration.clock.now, outcome: hasExpired ? .timedOut : outcome)
        session.with { $0.remember(entry) }
    }
}
