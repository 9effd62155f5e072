import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

/// The rounds of a multi-round-trip request: reads what a retry brings, and seals what the next one must bring.
struct MultiRoundTrip: Sendable {
    let server: Server

    /// What a request brings from earlier rounds: nothing for a first one.
    ///
    /// A state that was changed, has expired or belongs to another request is refused with -32602; that it is used for the first time is for who runs
    /// the request to claim.
    func rounds(of request: IncomingRequest, inputResponses: InputResponses?, requestState: String?) throws(ProtocolError) -> InputRounds {
        guard request.caller.revision.hasMultiRoundTrip else { return InputRounds() }
        guard let requestState else {
            guard inputResponses == nil else {
                throw .invalidParams("params.inputResponses: answers came without the requestState of the result that asked for them; echo it unchanged")
            }
            return InputRounds()
        }
        let state = try open(requestState, of: request)
        var answers: [String: InputResponse] = [:]
        for (key, value) in state.answers { answers[key] = try InputResponse(decoding: RawJSON(value)) }
        for (key, answer) in inputResponses ?? [:] { answers[key] = answer }
        return InputRounds(round: state.round, answers: answers, claim: RequestStateClaim(nonce: state.nonce, expiresAt: state.expiresAt))
    }

    private func open(_ sealed: String, of request: IncomingRequest) throws(ProtocolError) -> RequestState {
        let binding = RequestState.binding(method: request.method, params: request.params.raw, principal: request.caller.principal)
        let state: RequestState
        do {
            state = try RawJSON(server.configuration.requestStateSealer.open(sealed, binding: binding)).decode()
        } catch {
            throw .invalidParams("params.requestState: it was not made by this server for this request, or was changed on the way; call again without it")
        }
        let now = server.configuration.clock.wallTime
        guard state.expiresAt > now else { throw .invalidParams("params.requestState: it has expired; call again without it") }
        return state
    }

    /// The result that asks for what is missing.
    func result(asking required: InputRequired, of request: IncomingRequest, after inputs: InputRounds) throws(ProtocolError) -> InputRequiredResult {
        guard inputs.round < server.configuration.maximumInputRounds else {
            throw .internalError("the call asked for input in \(inputs.round) rounds, which is the limit of this server")
        }
        let state = RequestState(
            nonce: RandomID.make(), round: inputs.round + 1,
            expiresAt: server.configuration.clock.wallTime + server.configuration.inputTimeout.wholeMilliseconds, answers: inputs.encodedAnswers)
        do {
            let binding = RequestState.binding(method: request.method, params: request.params.raw, principal: request.caller.principal)
            let sealed = try server.configuration.requestStateSealer.seal(Array(RawJSON(encoding: state).bytes), binding: binding)
            return InputRequiredResult(inputRequests: required.requests, requestState: sealed)
        } catch {
            throw .internalError("the state of this call could not be sealed")
        }
    }
}
