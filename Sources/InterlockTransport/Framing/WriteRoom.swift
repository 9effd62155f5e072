package import InterlockConcurrency

/// How waiting for room in an ``OutboundQueue`` ended.
package enum WriteRoom: Sendable {
    case ready
    case ended(TransportError)
    case cancelled
}

/// A sender that waits for room in an ``OutboundQueue``.
package typealias WriteWaiter = Waiter<WriteRoom>
