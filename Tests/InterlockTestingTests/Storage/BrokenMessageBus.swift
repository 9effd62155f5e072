import Foundation
import InterlockStorage
import Synchronization

/// A sound bus behind calls that may be broken.
final class BrokenMessageBus: MessageBus {
    /// What is wrong; the defaults are sound.
    struct Defect: Sendable {
        var channel: @Sendable (String) -> String = { $0 }
        /// What is sent for a message, in its place.
        var sent: @Sendable ([UInt8]) -> [[UInt8]] = { [$0] }
        var cancels = true
        var repeatsLast = false
        var callsAtOnce = false
        /// Listeners that are served.
        var listeners = Int.max
    }

    private let base = InMemoryMessageBus()
    private let defect: Defect
    private let last = Mutex<[UInt8]?>(nil)
    private let count = Atomic(0)

    init(_ defect: Defect) { self.defect = defect }

    func publish(_ message: [UInt8], to channel: String) async throws(StoreError) {
        last.withLock { $0 = message }
        for message in defect.sent(message) { try await base.publish(message, to: defect.channel(channel)) }
    }

    func subscribe(to channel: String, _ receive: @escaping @Sendable (BusEvent) -> Void) async throws(StoreError) -> BusSubscription {
        if count.add(1, ordering: .relaxed).newValue > defect.listeners { return BusSubscription {} }
        if defect.repeatsLast, let message = last.withLock({ $0 }) { receive(.message(message)) }
        let defect = defect
        let subscription = try await base.subscribe(to: defect.channel(channel)) { event in
            if defect.callsAtOnce, event == .message([0xC0]) { Self.callAtOnce(receive, event) } else { receive(event) }
        }
        return defect.cancels ? subscription : BusSubscription {}
    }

    /// Two threads that wait for each other and then call.
    private static func callAtOnce(_ receive: @escaping @Sendable (BusEvent) -> Void, _ event: BusEvent) {
        let arrived = Atomics()
        let call = { @Sendable in
            arrived.ready.add(1, ordering: .acquiringAndReleasing)
            while arrived.ready.load(ordering: .acquiring) < 2 {}
            receive(event)
            arrived.done.add(1, ordering: .acquiringAndReleasing)
        }
        Thread.detachNewThread(call)
        call()
        while arrived.done.load(ordering: .acquiring) < 2 {}
    }

    private final class Atomics: Sendable {
        let ready = Atomic(0)
        let done = Atomic(0)
    }

    private static func broken(_ name: String, _ checks: [String], isShared: Bool = true, _ defect: Defect) -> Broken<any MessageBus> {
        var broken = Broken<any MessageBus>(name, isShared: isShared) { _, _ in BrokenMessageBus(defect) }
        broken.checks = checks
        return broken
    }

    static let all: [Broken<any MessageBus>] = [
        broken("changes the order of two", ["the messages of one sender"], .init(sent: { $0 == [50] ? [] : $0 == [51] ? [[51], [50]] : [$0] })),
        broken("sends no empty message", ["every byte of a message"], .init(sent: { $0.isEmpty ? [] : [$0] })),
        broken("serves three listeners", ["a sender hears"], .init(listeners: 3)),
        broken("folds its channels", ["channels are separate"], .init(channel: { $0.folded })),
        broken("goes on after a cancellation", ["who has cancelled"], .init(cancels: false)),
        broken("repeats the last message to who comes later", ["nobody hears"], .init(repeatsLast: true)),
        broken("calls a listener from two threads", ["a listener is called"], .init(callsAtOnce: true)),
    ]
}
