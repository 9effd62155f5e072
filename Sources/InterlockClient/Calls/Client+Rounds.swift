internal import InterlockJSON
internal import InterlockProtocol

extension Client {
    /// Sends a request that a modern server may answer with requests for input, and answers those by the handlers until
    /// the request is complete or the rounds are used up.
    ///
    /// Every round is a new request with an id and a time limit of its own; the time that handlers take is not limited.
    /// Spec: 2026-07-28, Patterns › Multi Round-Trip Requests.
    func rounds<Result: WireDecodable>(
        _ method: String, options: RequestOptions, name: String, mirrored: [(name: String, value: String)] = [],
        params: (Meta?, InputResponses?, String?) -> some WireEncodable
    ) async throws -> Result {
        var responses: InputResponses?
        var requestState: String?
        for _ in 0..<max(1, configuration.maximumRounds) {
            let raw = try await perform(method, options: options, name: name, mirrored: mirrored) { params($0, responses, requestState) }
            let outcome: ResultOutcome<Result> = try outcome(raw, of: method)
            guard case .inputRequired(let required) = outcome, try wire().revision.hasMultiRoundTrip else {
                return try complete(outcome, of: method)
            }
            responses = try await answers(to: required, of: method)
            requestState = required.requestState
        }
        throw ClientError(.limitExceeded, "the server asked for input \(configuration.maximumRounds) times in answer to one \(method); raise maximumRounds if that is its way")
    }

    /// What the handlers answer, one request after the other in the server's order.
    private func answers(to required: InputRequiredResult, of method: String) async throws -> InputResponses? {
        guard let requests = required.inputRequests else { return nil }
        var responses = InputResponses()
        for (key, request) in requests {
            do {
                responses[key] = try await answerer.answer(request)
            } catch let error as CancellationError {
                throw error
            } catch {
                throw ClientError(.inputFailed, "\(method) needs the input '\(key)' (\(request.method)), which this client did not give: \(error)", cause: error)
            }
        }
        return responses
    }
}
