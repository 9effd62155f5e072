import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Logging

extension Server {
    /// Starts a request whose feature has a handler: admission, then the handler, then its result.
    ///
    /// - Parameters:
    ///   - inline: whether the handler may start on this thread.
    ///   - claim: is made first; if that fails the handler does not run.
    ///   - handler: everything from the feature's own policies on; ends the call through `finish`.
    /// - Returns: false if the request was answered already, because its id is in flight or there is no room.
    @discardableResult
    func start(
        _ call: ActiveCall, name: String, inline: Bool, claiming claim: RequestStateClaim?, handler: @escaping @Sendable (ActiveCall) async -> Void
    ) -> Bool {
        guard call.begin() else { return false }
        guard charge(call) else {
            observer?.refused(.queueFull)
            refuse(call, name: name, AcquireError(code: .queueFull, message: "the byte budget of pending requests is used up"))
            return false
        }
        calls.insert(call)
        if call.request.caller.revision.disconnectCancels, call.request.caller.scope == nil {
            call.stream.onDisconnect { call.cancel(.disconnected) }
        }
        // Awaited by nobody: it ends the call, which removes itself from the server's table; a drain waits for that table, and
        // cancellation reaches the task through the call it is attached to.
        let task = inline
            ? Task.immediate { await call.run(claiming: claim, handler) }
            : Task { await call.run(claiming: claim, handler) }
        call.attach(task)
        return true
    }

    /// Answers "busy" in the shape of the request's method.
    func refuse(_ call: ActiveCall, name: String, _ error: AcquireError) {
        if call.request.method == Method.toolsCall {
            call.finish(Admission.busy(error, tool: name))
        } else {
            call.finish(.internalError("busy: \(name) was not served; try again later"))
        }
    }

    /// Runs a handler that is no tool under the server-wide limit and maps what it throws.
    func runHandler<Result: WireResult>(
        _ call: ActiveCall, name: String, inputs: InputRounds, cacheHint: CacheHint? = nil,
        _ body: (HandlerContext) async throws -> Result
    ) async {
        do {
            let result = try await withPlace(for: call.request.caller) {
                call.observation?.handlerBegins(configuration.clock.now)
                do { return try await body(HandlerContext(call: call, inputs: inputs)) } catch let error as AcquireError { throw HandlerGotNoTurn.from(error) }
            }
            call.finish(result, cacheHint: cacheHint)
        } catch let error as AcquireError {
            observer?.refused(error.code)
            refuse(call, name: name, error)
        } catch {
            finish(call, name: name, inputs: inputs, failedWith: error)
        }
    }

    /// Ends a call whose handler threw something that is not for a model to read.
    func finish(_ call: ActiveCall, name: String, inputs: InputRounds, failedWith error: any Error) {
        switch error {
        case let required as InputRequired:
            do throws(ProtocolError) {
                call.finish(try MultiRoundTrip(server: self).result(asking: required, of: call.request, after: inputs))
            } catch {
                call.finish(error)
            }
        case let error as ProtocolError:
            call.finish(error, status: error.code == .missingRequiredClientCapability ? 400 : nil)
        default:
            configuration.logger.error("a handler failed", metadata: ["feature": "\(name)", "error": "\(error)"])
            call.finish(.internalError("'\(name)' failed inside; the server's log says why"))
        }
    }
}

extension ActiveCall {
    /// Runs the handler and gives back what the call was charged.
    fileprivate func run(claiming claim: RequestStateClaim?, _ handler: @Sendable (ActiveCall) async -> Void) async {
        // Not around every call: it costs each a frame and a task-local value.
        if LogIdentity.isWanted { await identified { await handle(claiming: claim, handler) } } else { await handle(claiming: claim, handler) }
        server.refund(self)
        server.calls.remove(self)
    }

    private func handle(claiming claim: RequestStateClaim?, _ handler: @Sendable (ActiveCall) async -> Void) async {
        if let claim, let refusal = await server.refusal(of: claim) { finish(refusal) } else { await handler(self) }
    }
}
