internal import InterlockConcurrency
public import InterlockJSON
internal import InterlockProtocol
internal import InterlockTransport
internal import Logging
import Synchronization

extension Client {
    /// Sends any request and returns its result as it came, `resultType` and all: for methods this client has no words
    /// for, and for whoever passes results on.
    ///
    /// `params` may have a `_meta` of its own; what the negotiated revision requires there is added.
    public func request(_ method: String, params: RawJSON? = nil, options: RequestOptions = RequestOptions()) async throws -> RawJSON {
        var options = options
        if let meta = params?["_meta"] {
            let own = try Meta(decoding: meta)
            options.meta = options.meta.map { Meta(JSONObject(Array(own.object) + Array($0.object))) } ?? own
        }
        return try await perform(method, options: options, name: RoutingHeaders.name(method: method, params: params)) { meta in
            PassedParams(params: params, meta: meta)
        }
    }

    /// Sends any notification.
    public func notify(_ method: String, params: RawJSON? = nil) async throws {
        _ = try wire()
        do {
            try await transport.send(ClientMessage(bytes: JSONRPC.notification(method, params: params), id: nil, method: method))
        } catch let error as TransportError {
            throw ClientError(error)
        }
    }

    /// How to write to the server at this moment.
    func wire() throws(ClientError) -> Wire {
        switch state.withLock({ $0.phase }) {
        case .connected(let wire, _): return wire
        case .idle, .connecting: throw ClientError(.misuse, "the client is not connected; await connect() first")
        case .closed(let error): throw error
        }
    }

    /// One request that must be answered completely.
    func call<Result: WireDecodable>(
        _ method: String, options: RequestOptions, params: (Meta?) -> some WireEncodable
    ) async throws -> Result {
        let raw = try await perform(method, options: options, params: params)
        return try complete(raw, of: method)
    }

    /// Reads a result that must be complete.
    func complete<Result: WireDecodable>(_ raw: RawJSON, of method: String) throws(ClientError) -> Result {
        try complete(outcome(raw, of: method), of: method)
    }

    /// The result, if it is complete.
    func complete<Result: WireDecodable>(_ outcome: ResultOutcome<Result>, of method: String) throws(ClientError) -> Result {
        switch outcome {
        case .complete(let result):
            return result
        case .inputRequired:
            throw ClientError(.invalidResponse, "the server answered \(method) with a request for input, which this method does not allow")
        case .other(let type, _):
            throw ClientError(.invalidResponse, "the server answered \(method) with a result of type '\(type.rawValue)', which was not negotiated")
        }
    }

    /// Reads a result of any type.
    func outcome<Result: WireDecodable>(_ raw: RawJSON, of method: String) throws(ClientError) -> ResultOutcome<Result> {
        do throws(ProtocolError) {
            return try ResultOutcome(decoding: raw)
        } catch {
            throw ClientError(.invalidResponse, "the server's result of \(method) is malformed: \(error.message)", cause: error)
        }
    }

    /// Sends a request and returns the `result` of its response; renews a lost session once.
    ///
    /// - Parameters:
    ///   - wire: how to write, before the connection is negotiated.
    ///   - name: what `Mcp-Name` mirrors, not yet encoded.
    ///   - mirrored: further header fields.
    func perform(
        _ method: String, wire explicitWire: Wire? = nil, options: RequestOptions, name: String? = nil,
        mirrored: [(name: String, value: String)] = [], params: (Meta?) -> some WireEncodable
    ) async throws -> RawJSON {
        var isRetry = false
        while true {
            let generation = state.withLock { $0.generation }
            switch try await attempt(method, wire: explicitWire, options: options, name: name, mirrored: mirrored, params: params) {
            case .result(let result): return result
            case .error(let error): throw error
            case .failed(let error): throw error
            case .cancelled: throw CancellationError()
            case .sessionLost(let error):
                if isRetry || explicitWire != nil { throw error }
                isRetry = true
                try await renewSession(after: generation)
            }
        }
    }

    private func attempt(
        _ method: String, wire explicitWire: Wire?, options: RequestOptions, name: String?,
        mirrored: [(name: String, value: String)], params: (Meta?) -> some WireEncodable
    ) async throws -> CallTable.Outcome {
        if Task.isCancelled { return .cancelled }
        let waiter = Waiter<CallTable.Outcome>()
        let (id, message) = try begin(
            method, completion: .caller(waiter), wire: explicitWire, options: options, name: name, mirrored: mirrored, params: params
        )
        if let outcome = await sendFailure(message, id: id, method: method) { return outcome }
        return await waiter.wait { [weak self] in
            guard let self, let call = take(id) else { return }
            call.finish(.cancelled)
            cancelOnWire(id, method: method, reason: "the caller was cancelled")
        }
    }

    /// Puts a call into the table and writes its message.
    func begin(
        _ method: String, completion: CallTable.Completion, wire explicitWire: Wire? = nil, options: RequestOptions, name: String? = nil,
        mirrored: [(name: String, value: String)] = [], params: (Meta?) -> some WireEncodable
    ) throws(ClientError) -> (id: Int64, message: ClientMessage) {
        let wire = if let explicitWire { explicitWire } else { try self.wire() }
        let now = clock.now
        let timeout = options.timeout ?? configuration.requestTimeout
        let lastDeadline = now + (options.maximumTimeout ?? max(configuration.maximumRequestTimeout, timeout))
        let added = state.withLock { state -> Result<(Int64, LoggingLevel?), ClientError> in
            if case .closed(let error) = state.phase { return .failure(error) }
            guard state.calls.count < configuration.maximumPendingRequests else {
                return .failure(ClientError(.limitExceeded, "\(state.calls.count) requests wait for responses, as many as maximumPendingRequests allows; try again later"))
            }
            let id = state.calls.makeID()
            let deadline = min(now + timeout, lastDeadline)
            watch(&state, until: deadline)
            state.calls.add(CallTable.Call(
                completion: completion, method: method, timeout: timeout, resetsOnProgress: options.resetsTimeoutOnProgress,
                deadline: deadline, lastDeadline: lastDeadline, onProgress: options.onProgress
            ), id: id)
            return .success((id, state.logLevel))
        }
        let (id, logLevel) = try added.get()
        let meta = wire.meta(progressToken: options.onProgress == nil ? nil : id, logLevel: logLevel, adding: options.meta)
        let bytes = JSONRPC.request(id: .integer(id), method: method, params: params(meta), context: wire.context)
        var headers: [(name: String, value: String)] = []
        if wire.revision.hasRoutingHeaders, transport.carriesHeaders {
            headers = [(RoutingHeaders.protocolVersion, wire.revision.rawValue), (RoutingHeaders.method, method)]
            if let name { headers.append((RoutingHeaders.name, HeaderValue.encode(name))) }
            headers += mirrored
        }
        return (id, ClientMessage(bytes: bytes, id: .integer(id), method: method, headers: headers))
    }

    /// Sends a call's message. Returns how the call ended if sending failed and nobody had ended it before.
    func sendFailure(_ message: ClientMessage, id: Int64, method: String) async -> CallTable.Outcome? {
        do {
            try await transport.send(message)
            return nil
        } catch {
            guard take(id) != nil else { return nil }
            if error is CancellationError {
                cancelOnWire(id, method: method, reason: "the caller was cancelled")
                return .cancelled
            }
            return Self.outcome(of: error)
        }
    }

    static func outcome(of error: any Error) -> CallTable.Outcome {
        guard let error = error as? TransportError else {
            return .failed(ClientError(.transport, "the message could not be sent: \(error)", cause: error))
        }
        return error.code == .sessionNotFound ? .sessionLost(ClientError(error)) : .failed(ClientError(error))
    }

    // MARK: - The end of a call

    /// Takes a call out of the table: who gets it ends it.
    func take(_ id: Int64) -> CallTable.Call? {
        state.withLock { state in
            if !state.subscriptions.isEmpty { state.subscriptions.removeValue(forKey: id) }
            return state.calls.take(id)
        }
    }

    // MARK: - Deadlines

    /// Sees to it that deadlines are looked at no later than `deadline`.
    ///
    /// One timer serves all calls and is left alone when a call ends, so that a call costs no timer of its own; it finds nothing to do
    /// once in a request timeout. A clock never runs an action inside `schedule`, so this may be done under the lock.
    private func watch(_ state: inout State, until deadline: MonotonicTime) {
        if let check = state.deadlineCheck {
            if check.time <= deadline { return }
            check.cancel()
        }
        state.deadlineCheck = clock.schedule(at: deadline) { [weak self] in self?.checkDeadlines() }
    }

    private func checkDeadlines() {
        let expired = state.withLock { state in
            state.deadlineCheck = nil
            let (expired, next) = state.calls.expire(at: clock.now)
            for (id, _) in expired { state.subscriptions.removeValue(forKey: id) }
            if let next { watch(&state, until: next) }
            return expired
        }
        for (id, call) in expired {
            call.finish(.failed(ClientError(.timedOut, "no response to \(call.method) within its time limit (\(call.timeout), extended by progress if any); the request was cancelled")))
            cancelOnWire(id, method: call.method, reason: "the request timed out")
        }
    }

    /// Tells the server that nobody waits any more; returns at once.
    func cancelOnWire(_ id: Int64, method: String, reason: String) {
        transport.abandon(.integer(id))
        // The handshake must not be cancelled. Spec: 2025-11-25, Utilities › Cancellation.
        guard method != Method.initialize else { return }
        let params = CancelledParams(requestId: .integer(id), reason: reason)
        let bytes = JSONRPC.notification(Method.cancelled, params: params, context: EncodingContext())
        tasks.start { [transport, logger] in
            do {
                try await transport.send(ClientMessage(bytes: bytes, id: nil, method: Method.cancelled))
            } catch {
                // The caller has its error already; the server finds out when the connection ends.
                logger.debug("a cancellation could not be sent", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// Params that are JSON already, with the `_meta` that the revision wants.
private struct PassedParams: WireEncodable {
    let params: RawJSON?
    let meta: Meta?

    func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        for member in params?.members ?? [] where member.key != "_meta" {
            writer.key(member.key)
            writer.raw(member.value)
        }
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
