import InterlockJSON
public import InterlockProtocol

extension HandlerContext {
    /// Asks the client for several things at once and waits for the answers, by the keys they were asked under.
    ///
    /// Written once for both eras. A legacy client gets a request for each and the handler goes on when all have answered. In 2026-07-28
    /// the call ends here with a sealed multi-round-trip result; when the client retries it, **the handler runs again from its start** and this
    /// returns the answers. So what comes before must be repeatable: ask first, act afterwards.
    /// (2026-07-28, Patterns › Multi Round-Trip Requests)
    ///
    /// - Parameter requests: what to ask, under keys that are unique within the call.
    /// - Throws: ``ProtocolError`` with `missingRequiredClientCapability` if the client did not declare what a request needs; the client's own error;
    ///   `CancellationError` when the call is cancelled.
    public func ask(_ requests: InputRequests) async throws -> [String: InputResponse] {
        try await call.ask(requests, inputs)
    }

    /// Asks the user to fill in a form or to visit a URL.
    ///
    /// - Parameter key: what the question is called among those of this call; by default its number.
    public func elicit(_ params: ElicitParams, key: String? = nil) async throws -> ElicitResult {
        let key = key ?? inputs.nextKey()
        guard case .elicitation(let result)? = try await ask([key: .elicitation(params)])[key] else { throw wrongAnswer(key, "elicitation") }
        return result
    }

    /// Lets the client's model write something (deprecated in 2026-07-28).
    public func sample(_ params: CreateMessageParams, key: String? = nil) async throws -> CreateMessageResult {
        let key = key ?? inputs.nextKey()
        guard case .sampling(let result)? = try await ask([key: .sampling(params)])[key] else { throw wrongAnswer(key, "sampling") }
        return result
    }

    /// Asks which folders the client lets the server work in (deprecated in 2026-07-28).
    public func listRoots(key: String? = nil) async throws -> ListRootsResult {
        let key = key ?? inputs.nextKey()
        guard case .roots(let result)? = try await ask([key: .roots()])[key] else { throw wrongAnswer(key, "roots") }
        return result
    }

    private func wrongAnswer(_ key: String, _ kind: String) -> ProtocolError {
        .invalidParams("inputResponses.\(key): expected the result of a request for \(kind)")
    }
}
