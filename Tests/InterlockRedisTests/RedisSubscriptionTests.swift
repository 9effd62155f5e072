import InterlockConcurrency
import InterlockRedis
import InterlockStorage
import Synchronization
import Testing

extension AgainstRedis {
    @Suite("Channels that nobody listens to", .timeLimit(.minutes(5)))
    struct RedisSubscriptionTests {
        /// Subscriptions to channels of a name, as the server counts them.
        private func subscribers(_ client: RedisClient, _ channel: String) async throws -> Int64? {
            try await client.send(RedisCommand("PUBSUB", ["NUMSUB", .text(channel)])).elements?.last?.int
        }

        @Test("the server forgets a channel with its last listener, and no sooner")
        func lastListener() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let bus = RedisMessageBus(client)
                let heard = Mutex(0)
                var subscriptions: [BusSubscription] = []
                for _ in 0..<3 { subscriptions.append(try await bus.subscribe(to: "c") { _ in heard.withLock { $0 += 1 } }) }
                let count = try await subscribers(client, "interlock:bus:c")
                #expect(count == 1)
                for subscription in subscriptions.dropLast() { subscription.cancel() }
                // This goes over the same connection after any cancellation there might be.
                let other = try await bus.subscribe(to: "other") { _ in }
                let stays = try await subscribers(client, "interlock:bus:c")
                #expect(stays == 1)
                try await bus.publish([1], to: "c")
                try await eventually { heard.withLock { $0 } == 1 }
                subscriptions[2].cancel()
                other.cancel()
                try await eventually { try await [subscribers(client, "interlock:bus:c"), subscribers(client, "interlock:bus:other")] == [0, 0] }
            }
        }

        @Test("whoever follows a stream no longer leaves no channel behind")
        func followers() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let store = RedisEventStore(client)
                store.append(StoredEvent(session: "s", stream: 1, sequence: 1, data: [], isLast: true))
                await store.flush()
                func channels() async throws -> Int? { try await client.send(RedisCommand("PUBSUB", ["CHANNELS"])).elements?.count }
                // One ends with its stream, the others by their subscriptions.
                _ = try await store.follow(session: "s", stream: 1, after: 0) { _ in }
                var subscriptions: [BusSubscription] = []
                for stream in 2..<12 as Range<UInt32> { subscriptions.append(try await store.follow(session: "s", stream: stream, after: 0) { _ in }) }
                try await eventually { try await channels() == 10 }
                for subscription in subscriptions { subscription.cancel() }
                try await eventually { try await channels() == 0 }
                try await eventually { store.snapshot.followers == 0 }
                await store.shutDown()
            }
        }

        @Test("who subscribes while others leave hears what is sent after it")
        func crossing() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let bus = RedisMessageBus(client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<8 as Range<UInt8> {
                        group.addTask {
                            for round in 0..<100 as Range<UInt8> {
                                let own: [UInt8] = [task, round]
                                let heard = Waiter<Void>()
                                let subscription = try await bus.subscribe(to: "c") { if $0 == .message(own) { heard.resolve(()) } }
                                try await bus.publish(own, to: "c")
                                await heard.suspend()
                                subscription.cancel()
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await eventually { try await subscribers(client, "interlock:bus:c") == 0 }
            }
        }
    }
}
