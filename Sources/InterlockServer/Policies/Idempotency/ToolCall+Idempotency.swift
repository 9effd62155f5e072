import Crypto
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockStorage
import InterlockTransport
import Logging

// Comes before every other policy of a tool: an answer that is kept takes no rate, no lock and no place.
extension ToolCall {
    /// What became of asking for a key.
    private enum Asked {
        /// It is this call's.
        case claimed(HeldClaim)
        /// The first call has run, or it was lost.
        case answered(CallToolResult)
    }

    /// Runs the call if its key is new, else gives the answer of the first.
    func once(_ key: String, _ policy: IdempotencyPolicy) async throws -> CallToolResult {
        let name = Self.name([tool.definition.name, call.request.caller.principal?.identity ?? "", key])
        switch try await step("wait idempotent", { try await ask(for: name, policy) }) {
        case .claimed(let claim):
            return try await runOnce(claim, policy, commit: IdempotentCommit(name: name, keeping: policy.keeping))
        case .answered(let result):
            return result
        }
    }

    /// Asks for a key until it is this call's or has an answer: while the first call runs, that is waited for.
    private func ask(for name: String, _ policy: IdempotencyPolicy) async throws -> Asked {
        let configuration = call.server.configuration
        let clock = configuration.clock
        let fingerprint = Self.name([prepared.arguments.value().sortedByKey.description])
        let deadline = clock.now + (tool.policies.queue.deadline ?? .seconds(30))
        let backoff = Backoff(first: .milliseconds(10), longest: .milliseconds(250), jitter: .half)
        // A run that was lost before it took effect is followed by another under a name of its own.
        var run = 1
        var waits = 0
        while true {
            var claim = HeldClaim(name: run == 1 ? name : "\(name)#\(run)")
            switch try await make(&claim, fingerprint, policy) {
            case .claimed:
                return .claimed(claim)
            case .finished(let bytes):
                tool.tally.countReplay()
                return .answered(try IdempotentAnswer(stored: bytes).get())
            case .mismatch:
                throw ToolError("Nothing was done: this key was used before for a call of '\(tool.definition.name)' with other arguments. Use a new key for a new operation.")
            case .running:
                waits += 1
                let next = clock.now + backoff.delay(afterFailures: waits, fraction: configuration.random.fraction())
                guard next < deadline else {
                    throw AcquireError(code: .deadlineExceeded, message: "the first call with this key is still running", retryAfter: .seconds(1))
                }
                try await clock.sleep(until: next)
            case .lost:
                guard policy.effects == .state, run < 8, try await !tookEffect(name) else { return .answered(lostResult(policy)) }
                run += 1
            }
        }
    }

    private func runOnce(_ claim: HeldClaim, _ policy: IdempotencyPolicy, commit: IdempotentCommit) async throws -> CallToolResult {
        let answer: IdempotentAnswer
        do {
            answer = .result(try await ToolCall(call, tool, prepared, inputs, commit: commit).guarded())
        } catch is AlreadyCommitted {
            return lostResult(policy)
        } catch let error where error is AcquireError || error is InputRequired {
            await giveBack(claim) // the handler has not acted: it never ran, or it asks its user first
            throw error
        } catch let error where !mayHaveBegun(commit) {
            await giveBack(claim)
            throw neverRan(error)
        } catch let error as ProtocolError {
            answer = .failure(error)
        } catch let error as StoreError where policy.effects == .state && error.code == .unavailable && !commit.isMade && !isShared {
            // Nobody knows whether its commit was made. Whoever asks next finds that out by the mark, and makes it if not: kept, this answer would be the last.
            call.server.configuration.logger.error("a tool failed", metadata: ["tool": "\(tool.definition.name)", "error": "\(error)"])
            await giveBack(claim)
            return ErrorMapping.toolResult(for: error, tool: tool.definition.name)
        } catch is CancellationError {
            // Whether it took effect is for whoever asks next to look up; until the claim lapses it counts as running.
            throw CancellationError()
        } catch is HandlerTimedOut {
            answer = .result(timedOutResult) // kept: whether it took effect is not known, so it must not run again
        } catch {
            answer = .result(ErrorMapping.toolResult(for: error, tool: tool.definition.name))
            if !(error is ToolError) {
                call.server.configuration.logger.error("a tool failed", metadata: ["tool": "\(tool.definition.name)", "error": "\(error)"])
            }
        }
        if mayHaveBegun(commit) { await keep(answer, claim, policy) } else { await giveBack(claim) }
        return try answer.get()
    }

    /// Whether the handler may have acted. Of a run that is shared with other calls only those who began it know, so all of them count it as begun.
    private func mayHaveBegun(_ commit: IdempotentCommit) -> Bool { commit.hasBegun || isShared }

    /// What a call is told whose handler was never reached: the policies in front of it failed, not the tool.
    private func neverRan(_ error: any Error) -> any Error {
        if error is CancellationError || error is ProtocolError || error is ToolError { return error }
        call.server.configuration.logger.error("an idempotent call was not run", metadata: ["tool": "\(tool.definition.name)", "error": "\(error)"])
        return ToolError("Nothing was done: '\(tool.definition.name)' could not be started, and the server's log says why. Try again with the same key in a moment.")
    }

    /// A result that cannot be kept is lost: who asks again is told what its tool's ``IdempotentEffects`` allow to say.
    private func keep(_ answer: IdempotentAnswer, _ claim: HeldClaim, _ policy: IdempotencyPolicy) async {
        let (store, logger, tool) = (call.server.configuration.idempotencyStore, call.server.configuration.logger, tool.definition.name)
        // A task of its own, awaited here: the call's may be cancelled by now, which must not lose what the handler has done.
        await Task {
            do throws(StoreError) {
                try await store.finish(claim.name, token: claim.token, result: answer.stored, keepingFor: policy.keeping)
            } catch {
                logger.error("the result of an idempotent call could not be kept", metadata: ["tool": "\(tool)", "error": "\(error)"])
            }
        }.value
    }

    /// Asks the store, and once more by the same token when the answer was lost early.
    ///
    /// A claim of which the call does not learn whether it was made is given back for as long as that takes: nothing was done, and who tries again must
    /// not be told that it is running, or lost.
    private func make(_ claim: inout HeldClaim, _ fingerprint: String, _ policy: IdempotencyPolicy) async throws -> IdempotencyClaim {
        let configuration = call.server.configuration
        do throws(StoreError) {
            do throws(StoreError) {
                return try await ask(for: &claim, fingerprint, policy)
            } catch {
                // One that took all the time there is for an answer is not asked for again, nor is one whose caller has gone.
                guard claim.unanswered > 0, error.outage != .timeout, !(error.cause is CancellationError) else { throw error }
                let answer = try await ask(for: &claim, fingerprint, policy)
                if answer != .claimed { call.server.claimReturns.take(claim) }
                return answer
            }
        } catch {
            if claim.unanswered > 0 { call.server.claimReturns.take(claim) }
            configuration.logger.error("an idempotent call was refused: its store cannot be used", metadata: ["tool": "\(tool.definition.name)", "error": "\(error)"])
            throw ToolError("Nothing was done: what keeps this tool's results cannot be reached. Try again with the same key in a moment.")
        }
    }

    private func ask(for claim: inout HeldClaim, _ fingerprint: String, _ policy: IdempotencyPolicy) async throws(StoreError) -> IdempotencyClaim {
        do throws(StoreError) {
            return try await call.server.configuration.idempotencyStore.claim(
                claim.name, token: claim.token, fingerprint: fingerprint, holdingFor: policy.holding, keepingFor: policy.keeping)
        } catch {
            // Kept away from the store, or told no by it, it was not made.
            if !error.isKeptAway, error.code != .full, error.code != .refused { claim.unanswered += 1 }
            throw error
        }
    }

    /// What the store does not confirm is tried again behind the call's back.
    private func giveBack(_ claim: HeldClaim) async {
        let (configuration, returns, tool) = (call.server.configuration, call.server.claimReturns, tool.definition.name)
        // A task of its own, awaited here: a call that was cancelled in a line gives its claim back too.
        await Task {
            do throws(StoreError) {
                try await configuration.idempotencyStore.abandon(claim.name, token: claim.token)
                if claim.unanswered > 0 { returns.take(claim) }
            } catch {
                configuration.logger.warning("the claim of an idempotent call is given back later", metadata: ["tool": "\(tool)", "error": "\(error)"])
                returns.take(claim)
            }
        }.value
    }

    /// Whether an earlier run left its mark, with values of whomever it changed.
    private func tookEffect(_ name: String) async throws -> Bool {
        let configuration = call.server.configuration
        for owner in [ApplicationState.Owner.server, .tenant, .caller] {
            let mark = IdempotentCommit.mark(name, under: ApplicationState.prefix(owner, call.request.caller.principal))
            if try await configuration.stateStore.load([mark])[0] != nil { return true }
        }
        return false
    }

    private func lostResult(_ policy: IdempotencyPolicy) -> CallToolResult {
        let name = tool.definition.name
        switch policy.effects {
        case .state:
            let text = "'\(name)' was carried out by an earlier attempt with this key, whose answer was lost. Nothing was done now."
            // A tool that promises structured output has none to give here.
            return tool.definition.outputSchema == nil ? .text(text) : .error(text)
        case .unknown:
            return .error("An earlier attempt of '\(name)' with this key was interrupted; whether it took effect is not known, and it was not run again. Look before you use a new key.")
        }
    }

    /// One name for several texts that tells nobody what they were.
    static func name(_ parts: [String]) -> String {
        var hash = SHA256()
        for part in parts {
            hash.update(data: Array("\(part.utf8.count):".utf8))
            hash.update(data: Array(part.utf8))
        }
        return hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
