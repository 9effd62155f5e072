import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension ActiveCall {
    /// Asks the client, in the way of its era.
    func ask(_ requests: InputRequests, _ inputs: InputRounds) async throws -> [String: InputResponse] {
        try checkCapabilities(for: requests)
        if let session = request.caller.session {
            return try await askByRequests(requests, session)
        }
        guard request.caller.revision.hasMultiRoundTrip else {
            throw ProtocolError.invalidRequest("the client has no session to be asked in: call initialize first")
        }
        let answers = inputs.answers(to: requests)
        let missing = requests.filter { answers[$0.key] == nil }
        guard !missing.isEmpty else { return answers }
        var open = InputRequests()
        for entry in missing { open[entry.key] = entry.value }
        throw InputRequired(requests: open)
    }

    /// Nothing may be asked that the client did not declare (2026-07-28, Patterns › Multi Round-Trip Requests).
    private func checkCapabilities(for requests: InputRequests) throws(ProtocolError) {
        for (_, input) in requests {
            guard let lacking = request.meta.clientCapabilities.missing(from: input.requiredCapabilities) else { continue }
            if request.caller.revision.isModern { throw .missingRequiredClientCapability(lacking) }
            throw .invalidRequest("the client cannot be asked this: it did not declare \(lacking.encoded().description) when it initialized")
        }
    }

    /// The legacy way: a request of the server's own for each question, on the stream of the call it belongs to.
    private func askByRequests(_ requests: InputRequests, _ session: Session) async throws -> [String: InputResponse] {
        let context = server.encodingContext(request.caller.revision)
        var sent: [(key: String, input: InputRequest, id: Int64)] = []
        defer { for entry in sent { session.requests.forget(entry.id) } }
        for (key, input) in requests {
            let id = session.requests.reserve()
            sent.append((key, input, id))
            let message = input.message(id: .integer(id), context: context)
            try await send(message)
        }
        var answers: [String: InputResponse] = [:]
        for (key, input, id) in sent {
            let timeout = server.configuration.clock.schedule(after: server.configuration.inputTimeout) {
                session.requests.complete(id, with: .failure(ToolError("The user did not answer in time.")))
            }
            defer { timeout.cancel() }
            let raw = try await session.requests.response(to: id)
            answers[key] = try input.answer(decoding: raw)
        }
        return answers
    }

    /// Sends a message that must not be lost: waits while the client is slow.
    private func send(_ message: [UInt8]) async throws {
        while true {
            switch stream.send(OutboundEvent(data: message)) {
            case .sent: return
            case .closed: throw TransportError(.closed, "the client has gone; it cannot be asked")
            case .full: try await stream.writable()
            }
        }
    }
}

extension InputRequest {
    /// The question as a request of its own (legacy revisions).
    func message(id: RequestID, context: EncodingContext) -> [UInt8] {
        switch self {
        case .elicitation(let params): JSONRPC.request(id: id, method: method, params: params, context: context)
        case .sampling(let params): JSONRPC.request(id: id, method: method, params: params, context: context)
        case .roots(let params): JSONRPC.request(id: id, method: method, params: params, context: context)
        }
    }

    /// Reads the result of such a request.
    func answer(decoding result: RawJSON) throws(ProtocolError) -> InputResponse {
        switch self {
        case .elicitation: .elicitation(try ElicitResult(decoding: result))
        case .sampling: .sampling(try CreateMessageResult(decoding: result))
        case .roots: .roots(try ListRootsResult(decoding: result))
        }
    }
}
