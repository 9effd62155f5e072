internal import InterlockConcurrency
internal import InterlockJSON
internal import InterlockProtocol
internal import InterlockTransport
internal import Logging
import Synchronization

extension Client {
    /// Takes one message of the server, on the transport's thread.
    func received(_ message: ScannedMessage, on request: RequestID?) {
        switch message.kind {
        case .response(let result):
            settle(message.id, .result(result))
        case .error(let raw):
            // An error without an id answers the request on whose stream it came.
            settle(message.id ?? request, Self.outcome(ofError: raw))
        case .notification:
            if let method = message.method { notified(method, message.params) }
        case .request:
            if let id = message.id, let method = message.method { asked(method, id, message.params) }
        }
    }

    /// The response to a request will not come.
    func failed(_ request: RequestID, _ error: TransportError) {
        settle(request, Self.outcome(of: error))
    }

    /// The connection has ended.
    func disconnected(_ error: TransportError) {
        let error = ClientError(error)
        if end(error) { handlers.onDisconnect?(error) }
    }

    /// Ends a call, if it is still waiting: a response that comes twice, late or uninvited is dropped.
    private func settle(_ id: RequestID?, _ outcome: CallTable.Outcome) {
        guard case .integer(let number) = id, let call = take(number) else {
            logger.debug("a response was dropped: no request waits for it", metadata: ["id": "\(id.map(\.description) ?? "none")"])
            return
        }
        call.finish(outcome)
    }

    private static func outcome(ofError raw: RawJSON) -> CallTable.Outcome {
        do throws(ProtocolError) {
            return .error(try ProtocolError(decoding: raw))
        } catch {
            return .failed(ClientError(.invalidResponse, "the server's error is malformed: \(error.message)"))
        }
    }

    // MARK: - Notifications

    private func notified(_ method: String, _ params: RawJSON?) {
        do throws(ProtocolError) {
            try handle(method, params)
        } catch {
            // A notification is never answered, so its sender cannot be told.
            logger.warning("a notification was dropped: it is malformed", metadata: ["method": "\(method)", "error": "\(error)"])
        }
    }

    private func handle(_ method: String, _ params: RawJSON?) throws(ProtocolError) {
        switch method {
        case Method.progress:
            let progress = try ProgressParams(params: params)
            guard case .integer(let id) = progress.progressToken else { return }
            state.withLock { $0.calls.progressed(id, now: clock.now) }?(progress)
        case Method.message:
            if let onLog = handlers.onLog { onLog(try LoggingMessageParams(params: params)) }
        case Method.toolsListChanged: changed(.toolsList, params)
        case Method.promptsListChanged: changed(.promptsList, params)
        case Method.resourcesListChanged: changed(.resourcesList, params)
        case Method.resourcesUpdated: changed(.resource(uri: try ResourceUpdatedParams(params: params).uri), params)
        case Method.tasks: changed(.task(params ?? .emptyObject), params)
        case Method.subscriptionsAcknowledged: try acknowledged(SubscriptionsAcknowledgedParams(params: params))
        case Method.cancelled: cancelledByServer(try CancelledParams(params: params))
        case Method.elicitationComplete: handlers.onElicitationComplete?(try ElicitationCompleteParams(params: params).elicitationId)
        default: handlers.onNotification?(method, params)
        }
    }

    private func changed(_ change: ServerChange, _ params: RawJSON?) {
        let channel = state.withLock { state -> SubscriptionChannel? in
            switch change {
            case .toolsList: state.cache.removeAll(of: Method.toolsList)
            case .promptsList: state.cache.removeAll(of: Method.promptsList)
            case .resourcesList:
                state.cache.removeAll(of: Method.resourcesList)
                state.cache.removeAll(of: Method.resourceTemplatesList)
            case .resource(let uri): state.cache.remove(ResultCache.Key(method: Method.resourcesRead, subject: uri))
            case .task: break
            }
            guard let id = params?["_meta"]?[MetaKey.subscriptionId]?.int else { return nil }
            return state.subscriptions[Int64(id)]
        }
        if let channel { channel.push(change) } else { handlers.onChange?(change) }
    }

    private func acknowledged(_ params: SubscriptionsAcknowledgedParams) {
        guard case .integer(let id) = params.meta?.subscriptionId else { return }
        let channel = state.withLock { state in
            state.calls.removeDeadline(id)
            return state.subscriptions[id]
        }
        channel?.acknowledge(params.notifications)
    }

    private func cancelledByServer(_ params: CancelledParams) {
        guard let id = params.requestId else { return }
        let (answer, subscription) = state.withLock { state -> (UInt64?, CallTable.Call?) in
            if let answer = state.answering.removeValue(forKey: id) { return (answer, nil) }
            guard case .integer(let number) = id, state.subscriptions.removeValue(forKey: number) != nil else { return (nil, nil) }
            return (nil, state.calls.take(number))
        }
        if let answer { tasks.cancel(answer) }
        subscription?.finish(.result(.emptyObject))
    }

    // MARK: - Requests of a legacy server

    private func asked(_ method: String, _ id: RequestID, _ params: RawJSON?) {
        let revision: ProtocolRevision = if case .connected(let wire, _) = state.withLock({ $0.phase }) { wire.revision } else { .latestLegacy }
        guard revision.hasServerRequests else {
            logger.warning("a request of the server was dropped: its revision has none", metadata: ["method": "\(method)", "revision": "\(revision)"])
            return
        }
        let context = EncodingContext(revision: revision)
        if method == Method.ping {
            reply(JSONRPC.response(id: id, result: .emptyObject))
            return
        }
        let request: InputRequest
        do throws(ProtocolError) {
            request = switch method {
            case Method.samplingCreateMessage: .sampling(try CreateMessageParams(params: params))
            case Method.elicitationCreate: .elicitation(try ElicitParams(params: params))
            case Method.rootsList: .roots(try RequestParams(params: params))
            default: throw .methodNotFound(method)
            }
        } catch {
            reply(JSONRPC.error(id: id, error, revision: revision))
            return
        }
        guard answer(request, id, context) else {
            reply(JSONRPC.error(id: id, .internalError("The client is answering as many requests as it can; try again later"), revision: revision))
            return
        }
    }

    /// Answers in a task of its own. Returns `false` when too many are at work, or the server used an id twice at once.
    private func answer(_ request: InputRequest, _ id: RequestID, _ context: EncodingContext) -> Bool {
        // The lock is held until the task is known under its id, so that it cannot finish, or be cancelled, before.
        state.withLock { state in
            guard state.answering.count < configuration.maximumConcurrentAnswers, state.answering[id] == nil else { return false }
            let task = tasks.start { [weak self, answerer] in
                let bytes: [UInt8]
                do {
                    bytes = JSONRPC.response(id: id, answer: try await answerer.answer(request), context: context)
                } catch {
                    bytes = JSONRPC.error(id: id, InputAnswerer.protocolError(error), revision: context.revision)
                }
                // A request that the server has cancelled is not answered.
                guard let self, self.state.withLock({ $0.answering.removeValue(forKey: id) }) != nil else { return }
                await sendReply(bytes)
            }
            guard let task else { return false }
            state.answering[id] = task
            return true
        }
    }

    private func reply(_ bytes: [UInt8]) {
        tasks.start { [weak self] in await self?.sendReply(bytes) }
    }

    private func sendReply(_ bytes: [UInt8]) async {
        do {
            try await transport.send(ClientMessage(bytes: bytes, id: nil, method: nil))
        } catch {
            // The connection is broken: the server sees that itself.
            logger.debug("an answer could not be sent", metadata: ["error": "\(error)"])
        }
    }
}
