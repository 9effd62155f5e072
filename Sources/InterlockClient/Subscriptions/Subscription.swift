internal import InterlockConcurrency
public import InterlockProtocol

/// The changes a modern server tells of, as an asynchronous sequence.
///
/// It ends by itself when the server ends it as it should, and throws ``ClientError`` when the connection or the stream
/// breaks: then listen again, and look at everything once, because changes may have been missed. Equal changes not yet
/// read count as one; see ``droppedChanges`` for the bound. Letting the subscription go cancels it.
/// Spec: 2026-07-28, Patterns › Subscriptions.
public final class Subscription: AsyncSequence, Sendable {
    public typealias Element = ServerChange

    /// The part of the filter that the server honours.
    public let honoured: SubscriptionFilter
    private let channel: SubscriptionChannel
    private let onCancel: @Sendable () -> Void

    init(honoured: SubscriptionFilter, channel: SubscriptionChannel, onCancel: @escaping @Sendable () -> Void) {
        self.honoured = honoured
        self.channel = channel
        self.onCancel = onCancel
    }

    deinit {
        onCancel()
    }

    /// Changes that gave way to newer ones because nobody read them.
    public var droppedChanges: Int { channel.dropped }

    /// Ends the subscription: the server is told, the sequence ends. Idempotent; returns at once.
    public func cancel() {
        onCancel()
    }

    /// Begins to read; what came since the subscription was opened is still there.
    public func makeAsyncIterator() -> Iterator {
        Iterator(subscription: self)
    }

    /// Reads a subscription. Several iterators share the changes.
    public struct Iterator: AsyncIteratorProtocol {
        let subscription: Subscription

        /// Suspends until there is a change; `nil` when the server has ended the subscription as it should.
        /// Throws ``ClientError`` when it broke, `CancellationError` when the task is cancelled.
        public func next() async throws -> ServerChange? {
            try await subscription.channel.next()
        }
    }
}
