internal import InterlockConcurrency
public import InterlockProtocol
import Synchronization

extension Client {
    /// Opens a subscription to a modern server's changes; returns when the server has acknowledged it.
    ///
    /// The time limit of the options holds for the acknowledgement. Any number of subscriptions may be open at once.
    /// A legacy server sends its changes to ``ClientHandlers/onChange`` without being asked, and those of resources
    /// after ``subscribe(to:options:)``.
    ///
    /// - Parameter bufferedChanges: how many different changes may wait to be read before the oldest gives way.
    public func listen(
        to filter: SubscriptionFilter, bufferedChanges: Int = 256, options: RequestOptions = RequestOptions()
    ) async throws -> Subscription {
        try require(\.hasSubscriptionsListen, Method.subscriptionsListen, instead: "ClientHandlers.onChange and subscribe(to:)")
        let channel = SubscriptionChannel(capacity: bufferedChanges)
        let (id, message) = try begin(Method.subscriptionsListen, completion: .subscription(channel), options: options) { meta in
            SubscriptionsListenParams(notifications: filter, meta: meta)
        }
        // The call is in the table already; until it is in this one as well nothing can come for it, since nothing was sent.
        state.withLock { $0.subscriptions[id] = channel }
        let cancel: @Sendable () -> Void = { [weak self] in
            guard let self, let call = take(id) else { return }
            call.finish(.cancelled)
            cancelOnWire(id, method: Method.subscriptionsListen, reason: "the subscription was cancelled")
        }
        if let outcome = await sendFailure(message, id: id, method: Method.subscriptionsListen) { channel.end(outcome) }
        let honoured = try await channel.acknowledged(onCancel: cancel)
        return Subscription(honoured: honoured, channel: channel, onCancel: cancel)
    }
}
