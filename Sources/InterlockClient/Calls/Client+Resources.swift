internal import InterlockConcurrency
public import InterlockProtocol
import Synchronization

extension Client {
    /// Every resource, all pages of the list.
    public func listResources(options: RequestOptions = RequestOptions()) async throws -> [ResourceDefinition] {
        try await pages(Method.resourcesList) { cursor in
            let page = try await listResources(cursor: cursor, options: options)
            return (page.resources, page.nextCursor)
        }
    }

    /// One page of the list of resources.
    public func listResources(cursor: String?, options: RequestOptions = RequestOptions()) async throws -> ListResourcesResult {
        try await page(Method.resourcesList, cursor: cursor, options: options)
    }

    /// Every resource template, all pages of the list.
    public func listResourceTemplates(options: RequestOptions = RequestOptions()) async throws -> [ResourceTemplateDefinition] {
        try await pages(Method.resourceTemplatesList) { cursor in
            let page = try await listResourceTemplates(cursor: cursor, options: options)
            return (page.resourceTemplates, page.nextCursor)
        }
    }

    /// One page of the list of resource templates.
    public func listResourceTemplates(cursor: String?, options: RequestOptions = RequestOptions()) async throws -> ListResourceTemplatesResult {
        try await page(Method.resourceTemplatesList, cursor: cursor, options: options)
    }

    /// Reads a resource. One that does not exist is a ``ProtocolError`` with `isResourceNotFound`.
    public func readResource(_ uri: String, options: RequestOptions = RequestOptions()) async throws -> ReadResourceResult {
        let key = ResultCache.Key(method: Method.resourcesRead, subject: uri)
        if configuration.cachedResults > 0, let raw = state.withLock({ $0.cache.fresh(key, now: clock.now) }) {
            return try complete(raw, of: key.method)
        }
        let outcome = try await readResourceOnce(ReadResourceParams(uri: uri), options: options, cachingAs: key)
        if case .complete(let result) = outcome { return result }
        // Asked for input: begin anew with the rounds. Retried results are never kept.
        return try await rounds(Method.resourcesRead, options: options, name: uri) { meta, responses, requestState in
            ReadResourceParams(uri: uri, inputResponses: responses, requestState: requestState, meta: meta)
        }
    }

    /// Sends one round of a read and returns whatever the server answered. See ``callToolOnce(_:options:)``.
    public func readResourceOnce(_ params: ReadResourceParams, options: RequestOptions = RequestOptions()) async throws -> ResultOutcome<ReadResourceResult> {
        try await readResourceOnce(params, options: options, cachingAs: nil)
    }

    private func readResourceOnce(
        _ params: ReadResourceParams, options: RequestOptions, cachingAs key: ResultCache.Key?
    ) async throws -> ResultOutcome<ReadResourceResult> {
        var params = params
        let raw = try await perform(Method.resourcesRead, options: options.adding(params.meta), name: params.uri) { meta in
            params.meta = meta
            return params
        }
        let outcome: ResultOutcome<ReadResourceResult> = try outcome(raw, of: Method.resourcesRead)
        if case .complete = outcome, let key { state.withLock { $0.cache.store(raw, for: key, now: clock.now) } }
        return outcome
    }

    /// Asks a legacy server for updates of a resource, which then arrive at ``ClientHandlers/onChange``.
    public func subscribe(to uri: String, options: RequestOptions = RequestOptions()) async throws {
        try require(\.hasResourceSubscribe, Method.resourcesSubscribe, instead: "listen(to:)")
        let _: EmptyResult = try await call(Method.resourcesSubscribe, options: options) { SubscribeParams(uri: uri, meta: $0) }
    }

    /// Ends what ``subscribe(to:options:)`` began.
    public func unsubscribe(from uri: String, options: RequestOptions = RequestOptions()) async throws {
        try require(\.hasResourceSubscribe, Method.resourcesUnsubscribe, instead: "Subscription.cancel()")
        let _: EmptyResult = try await call(Method.resourcesUnsubscribe, options: options) { UnsubscribeParams(uri: uri, meta: $0) }
    }

    /// Throws when the negotiated revision lacks something.
    func require(_ feature: KeyPath<ProtocolRevision, Bool>, _ what: String, instead: String) throws(ClientError) {
        let revision = try wire().revision
        guard revision[keyPath: feature] else {
            throw ClientError(.unsupported, "revision \(revision) has no \(what); use \(instead)")
        }
    }
}
