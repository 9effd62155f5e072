import InterlockJSON
import Synchronization

/// Messages between the tasks of this process.
///
/// `publish` hands messages over before it returns, on its own thread, unless another call is handing over to the same
/// listener: that one then goes on with them, so each listener hears one at a time and all in one order. A listener that
/// publishes from within `receive` hears it after it has returned. Each listener has a bounded queue: when it is full the oldest message goes,
/// and the listener hears ``BusEvent/gap`` before the next.
public final class InMemoryMessageBus: MessageBus {
    /// One listener; its queue has a lock of its own, so that slow listeners of one channel do not hold up another.
    private final class Listener: Sendable {
        let queue: Mutex<BusQueue>
        let receive: @Sendable (BusEvent) -> Void

        init(capacity: Int, receive: @escaping @Sendable (BusEvent) -> Void) {
            queue = Mutex(BusQueue(capacity: capacity))
            self.receive = receive
        }

        func deliver(_ message: [UInt8]) {
            guard queue.withLock({ $0.offer(message) }) else { return }
            while let event = queue.withLock({ $0.next() }) { receive(event) }
        }
    }

    private struct Channels {
        var listeners: [ExactName: [UInt64: Listener]] = [:]
        var count = 0
        var lastNumber: UInt64 = 0
    }

    private let channels = Mutex(Channels())
    private let queueCapacity: Int
    private let maximumListeners: Int
    private let maximumMessageBytes: Int

    /// - Parameters:
    ///   - queueCapacity: Messages that wait for one listener at most.
    ///   - maximumListeners: Subscriptions at a time; one more is refused with ``StoreError/Code/full``.
    ///   - maximumMessageBytes: A longer message is refused.
    public init(queueCapacity: Int = 256, maximumListeners: Int = 10_000, maximumMessageBytes: Int = 1 << 20) {
        precondition(
            queueCapacity > 0 && maximumListeners > 0 && maximumMessageBytes > 0,
            "InMemoryMessageBus(queueCapacity: \(queueCapacity), maximumListeners: \(maximumListeners), maximumMessageBytes: \(maximumMessageBytes)): all must be positive")
        self.queueCapacity = queueCapacity
        self.maximumListeners = maximumListeners
        self.maximumMessageBytes = maximumMessageBytes
    }

    public func publish(_ message: [UInt8], to channel: String) async throws(StoreError) {
        guard message.count <= maximumMessageBytes else {
            throw StoreError(.refused, "a message of \(message.count) bytes is longer than the bus takes, \(maximumMessageBytes); send a key under which its content is stored")
        }
        let listeners = channels.withLock { Array($0.listeners[ExactName(text: channel), default: [:]].values) }
        for listener in listeners { listener.deliver(message) }
    }

    public func subscribe(to channel: String, _ receive: @escaping @Sendable (BusEvent) -> Void) async throws(StoreError) -> BusSubscription {
        let name = ExactName(text: channel)
        let listener = Listener(capacity: queueCapacity, receive: receive)
        let number = try channels.withLock { (channels) throws(StoreError) in
            guard channels.count < maximumListeners else {
                throw StoreError(.full, "\(channels.count) listeners are subscribed, as many as the bus may have; cancel some, or raise maximumListeners")
            }
            channels.lastNumber += 1
            channels.count += 1
            channels.listeners[name, default: [:]][channels.lastNumber] = listener
            return channels.lastNumber
        }
        return BusSubscription { [weak self] in
            listener.queue.withLock { $0.end() }
            self?.remove(number, from: name)
        }
    }

    /// Subscriptions now.
    public var listenerCount: Int { channels.withLock { $0.count } }

    private func remove(_ number: UInt64, from channel: ExactName) {
        channels.withLock { channels in
            guard channels.listeners[channel]?.removeValue(forKey: number) != nil else { return }
            channels.count -= 1
            if channels.listeners[channel]?.isEmpty == true { channels.listeners[channel] = nil }
        }
    }
}
