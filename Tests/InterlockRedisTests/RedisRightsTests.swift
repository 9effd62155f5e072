import Foundation
import InterlockConcurrency
import InterlockRedis
import InterlockStorage
import Synchronization
import Testing

extension AgainstRedis {
    /// The conformance kits run with the rights that docs/stores.md asks for; here is what happens without one of them, and behind sentinels.
    @Suite("The rights of a user of Redis, as docs/stores.md has them", .timeLimit(.minutes(5)))
    struct RedisRightsTests {
        private static let prefix = "rights:"

        @Test("the page says in one line what rights there are, on keys and channels of the prefix only")
        func page() {
            #expect(DocumentedRights.rights.count == 6)
            #expect(DocumentedRights.rules.filter { $0.contains("PREFIX") } == ["~PREFIX*", "&PREFIX*"])
        }

        @Test("with all of them everything is served that is refused without one; what an operator alone may do is refused")
        func allOfThem() async throws {
            let server = try RedisServerProcess(DocumentedRights.user(prefix: Self.prefix))
            try await withClient(configuration(of: server)) { client in
                try await Self.useEverything(client)
                for command in [RedisCommand("FLUSHALL"), RedisCommand("CONFIG", ["GET", "*"]), RedisCommand("GET", ["others"])] {
                    let error = await #expect(throws: StoreError.self) { try await client.send(command) }
                    #expect(error?.message.contains("NOPERM") == true, "\(error.map { "\($0)" } ?? "")")
                }
            }
        }

        @Test("without one of them something is refused, and the message says that it is a right that is missing", arguments: DocumentedRights.rights)
        func oneMissing(right: String) async throws {
            let server = try RedisServerProcess(DocumentedRights.user(prefix: Self.prefix, without: right))
            try await withClient(configuration(of: server)) { client in
                let error = await #expect(throws: StoreError.self) { try await Self.useEverything(client) }
                #expect(error?.code == .refused && error?.outage == .auth && error?.message.contains("ACL SETUSER") == true, "\(error.map { "\($0)" } ?? "")")
            }
        }

        @Test("behind a sentinel with a password the master is found by a user who may ask for its role, and by nobody else")
        func behindSentinel() async throws {
            let server = try RedisServerProcess(DocumentedRights.user(prefix: Self.prefix, with: [DocumentedRights.behindSentinel]))
            let file = server.folder + "/sentinel.conf"
            try "sentinel monitor mymaster 127.0.0.1 \(server.port) 1\nrequirepass of-sentinels\n".write(toFile: file, atomically: true, encoding: .utf8)
            let sentinel = try RedisServerProcess(configuration: file, ["--sentinel"])
            let url = "redis+sentinel://interlock:of-a-test@127.0.0.1:\(sentinel.port)/mymaster/1?prefix=rights:&budget=20000&timeout=20000"
            try await withClient(RedisConfiguration(url: url + "&sentinel-password=of-sentinels")) { try await Self.useEverything($0) }
            // Neither the password of the servers nor none is that of the sentinels.
            for (refused, code) in [(url, "NOAUTH"), (url + "&sentinel-password=of-a-test", "WRONGPASS")] {
                try await withClient(RedisConfiguration(url: refused)) { client in
                    let error = await #expect(throws: StoreError.self) { try await client.start() }
                    #expect(error?.code == .refused && error?.message.contains(code) == true, "\(error.map { "\($0)" } ?? "")")
                    #expect(error?.message.contains("of-sentinels") == false && error?.message.contains("of-a-test") == false)
                }
            }
            try await withClient(server.configuration()) { _ = try await $0.send(RedisCommand("ACL", ["SETUSER", "interlock", "-role"])) }
            try await withClient(RedisConfiguration(url: url + "&sentinel-password=of-sentinels")) { client in
                let error = await #expect(throws: StoreError.self) { try await client.start() }
                #expect(error?.code == .refused && error?.message.contains("ROLE") == true && error?.message.contains("NOPERM") == true, "\(error.map { "\($0)" } ?? "")")
            }
        }

        @Test("who loses the right to a channel hears so, and hears everything again once the right is given back")
        func rightGivenBack() async throws {
            let server = try RedisServerProcess(DocumentedRights.user(prefix: Self.prefix))
            var configuration = configuration(of: server)
            configuration.pingInterval = .milliseconds(20)
            try await withClient(server.configuration()) { admin in
                try await withClient(configuration) { client in
                    let events = Mutex<[BusEvent]>([])
                    let bus = RedisMessageBus(client)
                    let subscription = try await bus.subscribe(to: "c") { event in events.withLock { $0.append(event) } }
                    // It ends the connections that listen to what they may no longer.
                    _ = try await admin.send(RedisCommand("ACL", ["SETUSER", "interlock", "resetchannels"]))
                    try await eventually { try await admin.send(RedisCommand("ACL", ["LOG"])).elements?.isEmpty == false }
                    #expect(events.withLock { $0 } == [.lost])
                    _ = try await admin.send(RedisCommand("ACL", ["SETUSER", "interlock", .text("&\(Self.prefix)*")]))
                    try await eventually { events.withLock { $0 } == [.lost, .gap] }
                    try await bus.publish([7], to: "c")
                    try await eventually { events.withLock { $0 } == [.lost, .gap, .message([7])] }
                    subscription.cancel()
                }
            }
        }

        private func configuration(of server: RedisServerProcess) -> RedisConfiguration {
            var configuration = server.configuration()
            (configuration.user, configuration.password) = (DocumentedRights.name, DocumentedRights.password)
            (configuration.prefix, configuration.database) = (Self.prefix, 1)
            return configuration
        }

        /// One operation of each kind that asks for a right of its own.
        private static func useEverything(_ client: RedisClient) async throws {
            try await client.start()
            let state = RedisStateStore(client)
            #expect(try await state.commit([StateChange("key", expecting: .absent, value: [1])]))
            #expect(try await state.load(["key"]).count == 1)
            let leases = RedisLeaseStore(client)
            if let lease = try await leases.acquire("key", limit: 1, duration: .seconds(20)) { try await leases.release(lease) }
            #expect(try await RedisSessionStore(client).load("nobody") == nil)
            try await RedisMessageBus(client).publish([6], to: "c") // nobody listens yet
            let heard = Waiter<BusEvent>()
            let subscription = try await RedisMessageBus(client).subscribe(to: "c") { heard.resolve($0) }
            try await RedisMessageBus(client).publish([7], to: "c")
            #expect(await heard.suspend() == .message([7]))
            subscription.cancel()
        }
    }
}
