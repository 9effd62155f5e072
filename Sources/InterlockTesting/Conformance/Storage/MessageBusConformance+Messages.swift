import InterlockStorage

extension MessageBusConformance {
    static let messages: [Check] = [
        Check("the messages of one sender arrive in order", rule: "MessageBus: messages of one sender on one channel arrive in order.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            let heard = ConformanceLog<[UInt8]>()
            let subscription = try await second.listen(to: "c", heard)
            for number in 0..<100 as Range<UInt8> { try await instances.store.publish([number], to: "c") }
            try await expect.awaiting("100 messages to arrive") { try await heard.wait { $0.count >= 100 } }
            try expect.same(heard.entries, (0..<100).map { [$0] }, "the messages")
            subscription.cancel()
        },
        Check("every byte of a message arrives, also none", rule: "MessageBus.publish: sends the message to everybody who listens.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let heard = ConformanceLog<[UInt8]>()
            let subscription = try await instances.store.listen(to: "c", heard)
            let messages: [[UInt8]] = [[], Array(0...255), [0], [UInt8](repeating: 0xA5, count: 64 << 10), Array("\r\n+OK\r\n".utf8)]
            for message in messages { try await instances.store.publish(message, to: "c") }
            try await expect.awaiting("\(messages.count) messages to arrive") { try await heard.wait { $0.count >= messages.count } }
            try expect.same(heard.entries, messages, "the messages")
            subscription.cancel()
        },
        Check("a sender hears its own messages, and each listener every message once", rule: "MessageBus: a sender gets its own as well.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let stores = [instances.store, try await instances.secondInstance()]
            let logs = (0..<4).map { _ in ConformanceLog<[UInt8]>() }
            var subscriptions: [BusSubscription] = []
            for (number, log) in logs.enumerated() { subscriptions.append(try await stores[number % 2].listen(to: "c", log)) }
            for number in 0..<10 as Range<UInt8> { try await stores[Int(number) % 2].publish([number], to: "c") }
            for (number, log) in logs.enumerated() {
                try await expect.awaiting("10 messages to arrive at listener \(number)") { try await log.wait { $0.count >= 10 } }
                try expect.same(log.entries.map { $0[0] }.sorted(), Array(0..<10), "the messages at listener \(number)")
            }
            for subscription in subscriptions { subscription.cancel() }
        },
        Check("channels are separate, byte for byte", rule: "MessageBus.publish: sends to everybody who listens on `channel`.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let heard = ConformanceLog<[UInt8]>()
            let subscription = try await store.listen(to: "Key-1;K`", heard)
            for other in "Key-1;K`".lookalikes where !other.isEmpty { try await store.publish(Array(other.utf8), to: other) }
            try await store.publish([1], to: "Key-1;K`")
            try await expect.awaiting("the message to arrive") { try await heard.wait { $0.contains([1]) } }
            try expect.same(heard.entries, [[1]], "the messages of the channel")
            subscription.cancel()
        },
    ]
}

extension MessageBus {
    /// Notes every message, and no gap.
    func listen(to channel: String, _ log: ConformanceLog<[UInt8]>) async throws -> BusSubscription {
        try await subscribe(to: channel) { event in
            if case .message(let message) = event { log.append(message) }
        }
    }
}
