import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization

extension Server {
    /// `subscriptions/listen`: acknowledges what is honoured, then keeps the stream open for changes.
    func listen(_ request: IncomingRequest) throws(ProtocolError) {
        let params = try SubscriptionsListenParams(decoding: request.params.raw)
        var honoured = params.notifications.honoured(by: capabilities(for: request.caller))
        // What a tenant does not see it does not hear of either.
        if tenants != nil { honoured.resourceSubscriptions = honoured.resourceSubscriptions?.filter { showsResource($0, to: request.caller.principal) } }
        guard (honoured.resourceSubscriptions?.count ?? 0) <= Self.maximumSubscribedResources else {
            throw .invalidParams("params.notifications.resourceSubscriptions: at most \(Self.maximumSubscribedResources) URIs on one stream")
        }
        let call = ActiveCall(request, server: self)
        let subscription = Subscription(call: call, filter: honoured)
        guard call.begin() else { return }
        call.onCancel { [weak self] in self?.subscriptions.remove(subscription) }
        call.stream.onDisconnect { call.cancel(.disconnected) }
        call.notify(Method.subscriptionsAcknowledged, SubscriptionsListenParams.acknowledged(honoured, subscriptionId: request.id))
        guard call.isOpen, !isDraining, subscriptions.insert(subscription) else {
            return call.finish(.internalError("busy: this server keeps no more subscription streams; try again later"))
        }
        if !call.isOpen { subscriptions.remove(subscription) } // the client was gone before the stream was entered
    }

    /// Tells everybody who asked for it that a list has changed: sessions, and listeners of 2026-07-28.
    ///
    /// Adding and removing features does this by itself. Call it for what this server cannot see, such as tools that it passes on from elsewhere.
    /// Clients listen where the server declares that the list may change: see ``ServerConfiguration/dynamicFeatures``.
    public func notifyListChanged(_ kind: FeatureKind) {
        tellListChanged(kind)
        publish(.listChanged(kind))
    }

    /// Tells this instance's own clients.
    func tellListChanged(_ kind: FeatureKind) {
        catchUpNews.withLock { $0.knows(kind) }
        tellListChanged(kind) { _ in true }
    }

    /// Tells those of this instance's own clients who see the change.
    func tellListChanged(_ kind: FeatureKind, where sees: (Principal?) -> Bool) {
        for subscription in subscriptions.all where subscription.wants(kind) && sees(subscription.call.request.caller.principal) {
            send(kind.listChanged, EmptyParams(), to: subscription)
        }
        let message = Self.listChanged(kind)
        for session in sessions.all where session.with({ $0.isInitialized }) && sees(session.principal) { deliver(message, to: session) }
    }

    private static func listChanged(_ kind: FeatureKind) -> [UInt8] {
        JSONRPC.notification(kind.listChanged, params: RequestParams(), context: EncodingContext(revision: .latestLegacy))
    }

    /// Those whom news of lists reaches here.
    var newsListeners: [NewsListener] {
        let subscribed = subscriptions.all.filter { subscription in FeatureKind.allCases.contains(where: subscription.wants) }
        return subscribed.map(NewsListener.subscription) + sessions.all.filter { $0.with { $0.isInitialized } && reaches($0) }.map(NewsListener.session)
    }

    /// Tells one of them that a list has changed.
    func tell(_ kind: FeatureKind, to listener: NewsListener) {
        switch listener {
        case .session(let session): deliver(Self.listChanged(kind), to: session)
        case .subscription(let subscription): if subscription.wants(kind) { send(kind.listChanged, EmptyParams(), to: subscription) }
        }
    }

    /// Tells the clients that watch a resource that it has changed; call it whenever the content behind `uri` did.
    public func notifyResourceUpdated(uri: String) {
        tellResourceUpdated(uri: uri)
        publish(.resourceUpdated(uri: uri))
    }

    /// Tells this instance's own clients.
    func tellResourceUpdated(uri: String) {
        let params = ResourceParams(uri: uri)
        for subscription in subscriptions.all where subscription.wants(resource: uri) {
            send(Method.resourcesUpdated, params, to: subscription)
        }
        for session in sessions.all where session.with({ $0.subscriptions.contains(uri) }) {
            deliver(JSONRPC.notification(Method.resourcesUpdated, params: params, context: encodingContext(session.revision)), to: session)
        }
    }

    private func send(_ method: String, _ params: some WireEncodable, to subscription: Subscription) {
        let request = subscription.call.request
        let context = encodingContext(request.caller.revision)
        let message = JSONRPC.notification(method, params: SubscriptionParams(params, id: request.id), context: context)
        switch subscription.call.stream.send(OutboundEvent(data: message)) {
        case .sent: break
        case .closed: subscription.call.cancel(.disconnected)
        case .full: // a listener that does not read is let go: it listens again and fetches what it missed
            end(subscription)
        }
    }

    private func deliver(_ message: [UInt8], to session: Session) {
        switch session.delivery {
        case .duplex(let outbound): _ = outbound.send(OutboundEvent(data: message)) // a connection over its budget is past such news
        case .streams(let streams): if reaches(session) { streams.send(message, on: streams.serverStream) }
        }
    }

    /// Whether a message to a session goes out from here: of several instances that know it, the one that has its stream keeps the message for it.
    private func reaches(_ session: Session) -> Bool {
        guard case .streams(let streams) = session.delivery else { return true }
        return configuration.messageBus == nil || streams.hasServerStream
    }

    private func end(_ subscription: Subscription) {
        guard subscriptions.remove(subscription) else { return }
        subscription.call.finish(SubscriptionsListenResult(subscriptionId: subscription.call.request.id))
    }

    /// Ends every subscription in good order: with its final response.
    func endSubscriptions() {
        for subscription in subscriptions.all { end(subscription) }
    }

    /// The same for those of one connection, whose client sends no more.
    func endSubscriptions(of scope: CallScope) {
        for subscription in subscriptions.all where subscription.call.request.caller.scope === scope { end(subscription) }
    }
}

/// Params with the id of the subscription they are sent on, in `_meta`.
private struct SubscriptionParams<Params: WireEncodable>: WireEncodable {
    let params: Params
    let id: RequestID

    init(_ params: Params, id: RequestID) {
        self.params = params
        self.id = id
    }

    func write(into writer: inout JSONWriter, context: EncodingContext) {
        var object = params.encoded(for: context).value().object ?? [:]
        var meta = Meta(object["_meta"]?.object ?? [:])
        meta.subscriptionId = id
        object["_meta"] = .object(meta.object)
        writer.value(.object(object))
    }
}

/// Params without members.
private struct EmptyParams: WireEncodable {
    func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.endObject()
    }
}
