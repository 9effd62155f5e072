import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization

/// The open subscription streams (2026-07-28, Patterns › Subscriptions).
final class SubscriptionTable: Sendable {
    private struct State {
        var subscriptions: [ObjectIdentifier: Subscription] = [:]
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { state.withLock { $0.subscriptions.count } }
    var all: [Subscription] { state.withLock { Array($0.subscriptions.values) } }

    /// False if there are as many as the server keeps.
    func insert(_ subscription: Subscription) -> Bool {
        state.withLock { state in
            guard state.subscriptions.count < limit else { return false }
            state.subscriptions[ObjectIdentifier(subscription)] = subscription
            return true
        }
    }

    @discardableResult
    func remove(_ subscription: Subscription) -> Bool {
        state.withLock { $0.subscriptions.removeValue(forKey: ObjectIdentifier(subscription)) != nil }
    }
}

/// One `subscriptions/listen` stream.
final class Subscription: Sendable {
    let call: ActiveCall
    let filter: SubscriptionFilter
    private let resources: Set<String>

    init(call: ActiveCall, filter: SubscriptionFilter) {
        self.call = call
        self.filter = filter
        self.resources = Set(filter.resourceSubscriptions ?? [])
    }

    func wants(_ change: FeatureKind) -> Bool {
        switch change {
        case .tools: filter.toolsListChanged == true
        case .resources: filter.resourcesListChanged == true
        case .prompts: filter.promptsListChanged == true
        }
    }

    func wants(resource uri: String) -> Bool { resources.contains(uri) }
}
