import InterlockConcurrency
import InterlockRedis
import InterlockSimulation
import InterlockStorage
import Synchronization
import Testing

extension AgainstRedis {
    @Suite(.timeLimit(.minutes(5)))
    struct RedisClientTests {
        @Test func everyTypeOfReplyComesThrough() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                try await client.start()
                do {
                    let reply = try await client.send(RedisCommand("PING"))
                    #expect(reply == .text("PONG"))
                }
                do {
                    let reply = try await client.send(RedisCommand("SET", ["k", .bytes([0, 13, 10, 255])]))
                    #expect(reply == .text("OK"))
                }
                do {
                    let reply = try await client.send(RedisCommand("GET", ["k"]))
                    #expect(reply == .bytes([0, 13, 10, 255]))
                }
                do {
                    let reply = try await client.send(RedisCommand("GET", ["none"]))
                    #expect(reply == .null)
                }
                _ = try await client.send(RedisCommand("HSET", ["h", "a", 1]))
                do {
                    let reply = try await client.send(RedisCommand("HGETALL", ["h"]))
                    #expect(reply == .map([.init(key: .bytes([97]), value: .bytes([49]))]))
                }
                for (kind, expected) in [
                    ("double", RESPValue.double(3.141)), ("true", .boolean(true)), ("null", .null), ("bignum", .bigNumber("1234567999999999999999999999999999999")),
                    ("verbatim", .verbatim(kind: "txt", bytes: Array("This is a verbatim\nstring".utf8))), ("set", .set([.integer(0), .integer(1), .integer(2)])),
                    ("attrib", .bytes(Array("Some real reply following the attribute".utf8))),
                ] {
                    let reply = try await client.send(RedisCommand("DEBUG", ["PROTOCOL", .text(kind)]))
                    #expect(reply == expected, "\(kind)")
                }
            }
        }

        @Test func twoHundredCallersEachGetTheirOwnReply() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for caller in 0..<200 {
                        group.addTask {
                            for round in 0..<20 {
                                let text = "\(caller)-\(round)"
                                do {
                                    let reply = try await client.send(RedisCommand("ECHO", [.text(text)])).string
                                    #expect(reply == text)
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(client.health.commands == 4_000)
                #expect(client.health.failures == 0)
                #expect(!client.isDegraded)
            }
        }

        @Test func cancelledCallersDisturbNobody() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration(poolSize: 1)) { client in
                try await client.start()
                server.pause()
                let cancelled = (0..<50).map { number in Task { try await client.send(RedisCommand("ECHO", [.text("lost \(number)")])) } }
                let kept = (0..<50).map { number in Task { try await client.send(RedisCommand("ECHO", [.text("\(number)")])) } }
                for task in cancelled {
                    task.cancel()
                    await #expect(throws: StoreError.self) { try await task.value }
                }
                server.resume()
                for (number, task) in kept.enumerated() {
                    let reply = try await task.value.string
                    #expect(reply == "\(number)")
                }
            }
        }

        @Test func aPipelineIsAnsweredInOrder() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let replies = await client.send((0..<500).map { _ in RedisCommand("INCR", ["n"]) })
                let numbers = try replies.map { try $0.get().int }
                #expect(numbers == (1...500).map { Int64($0) })
            }
        }

        @Test func aScriptIsReloadedAfterAFlush() async throws {
            let server = try RedisServerProcess()
            let script = RedisScript("return ARGV[1] * 2")
            try await withClient(server.configuration()) { client in
                do {
                    let reply = try await client.run(script, keys: [], arguments: [21])
                    #expect(reply == .integer(42))
                }
                do {
                    let reply = try await client.send(RedisCommand("SCRIPT", ["EXISTS", .text(script.digest)]))
                    #expect(reply == .array([.integer(1)]))
                }
                _ = try await client.send(RedisCommand("SCRIPT", ["FLUSH"]))
                do {
                    let reply = try await client.run(script, keys: [], arguments: [4])
                    #expect(reply == .integer(8))
                }
                _ = try await client.send(RedisCommand("SCRIPT", ["FLUSH"]))
                let replies = await client.run((1...3).map { (script, [], [.integer($0)]) })
                let values = try replies.map { try $0.get() }
                #expect(values == [.integer(2), .integer(4), .integer(6)])
            }
        }

        @Test func aWrongPasswordIsRefusedInClearText() async throws {
            let server = try RedisServerProcess(["--requirepass", "s3cret"])
            var configuration = server.configuration()
            configuration.password = "wr0ng-one"
            try await withClient(configuration) { client in
                let error = await #expect(throws: StoreError.self) { try await client.start() }
                #expect(error?.code == .refused)
                #expect(error?.message.contains("WRONGPASS") == true)
                #expect(error.map { "\($0)" }?.contains("wr0ng-one") == false)
                #expect(client.health.lastFailure?.contains("wr0ng-one") != true)
            }
            configuration.password = "s3cret"
            #expect(!"\(configuration)".contains("s3cret"))
            try await withClient(configuration) { client in try await client.start() }
        }

        @Test func aRightThatIsMissingIsRefusedAndTheConnectionLivesOn() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { admin in
                _ = try await admin.send(RedisCommand("ACL", ["SETUSER", "reader", "on", ">pass", "~*", "+@read", "+@connection"]))
                var configuration = server.configuration()
                (configuration.user, configuration.password) = ("reader", "pass")
                try await withClient(configuration) { client in
                    let error = await #expect(throws: StoreError.self) { try await client.send(RedisCommand("SET", ["a", "b"])) }
                    #expect(error?.code == .refused)
                    #expect(error?.message.contains("NOPERM") == true)
                    do {
                        let reply = try await client.send(RedisCommand("GET", ["a"]))
                        #expect(reply == .null)
                    }
                }
            }
        }

        @Test func aServerThatWasKilledIsFoundAgain() async throws {
            let server = try RedisServerProcess()
            var configuration = server.configuration()
            configuration.reconnect = Backoff(first: .milliseconds(5), longest: .milliseconds(50))
            try await withClient(configuration) { client in
                try await client.start()
                server.kill()
                // Fails or waits, but does not hang: the connection is known to be lost.
                await #expect(throws: StoreError.self) { while true { _ = try await client.send(RedisCommand("PING")) } }
                try server.start()
                try await eventually { (try? await client.send(RedisCommand("PING"))) == .text("PONG") }
                // The slot that answers first may be one that had not been connected before.
                try await eventually { client.health.reconnects > 0 }
            }
        }

        @Test func aServerThatHangsCostsTheBudgetAndThenNothing() async throws {
            let server = try RedisServerProcess()
            var configuration = server.configuration(poolSize: 1)
            configuration.budget = .milliseconds(50)
            configuration.breaker?.openDuration = .seconds(600)
            configuration.pingInterval = .seconds(600)
            try await withClient(configuration) { client in
                try await client.start()
                server.pause()
                var slowest = Duration.zero
                while client.health.breaker != .open {
                    let start = ContinuousClock.now
                    let error = await #expect(throws: StoreError.self) { try await client.send(RedisCommand("PING")) }
                    slowest = max(slowest, ContinuousClock.now - start)
                    #expect(error?.code == .unavailable)
                }
                let start = ContinuousClock.now
                let error = await #expect(throws: StoreError.self) { try await client.send(RedisCommand("PING")) }
                print("hanging Redis: slowest answer \(slowest), with the breaker open \(ContinuousClock.now - start)")
                #expect((error?.cause as? AcquireError)?.code == .circuitOpen)
                #expect(client.isDegraded)
                server.resume()
            }
        }

        @Test func withoutABudgetAndABreakerACallWaitsForTheServer() async throws {
            let server = try RedisServerProcess()
            var configuration = server.configuration(poolSize: 1)
            configuration.breaker = nil
            try await withClient(configuration) { client in
                try await client.start()
                server.pause()
                let isDone = Atomic(false)
                async let reply = {
                    let reply = try await client.send(RedisCommand("PING"))
                    isDone.store(true, ordering: .releasing)
                    return reply
                }()
                // Ten budgets of 50 ms later it is still waiting.
                try await SystemClock.shared.sleep(for: .milliseconds(500))
                let wasDone = isDone.load(ordering: .acquiring)
                #expect(!wasDone)
                server.resume()
                do {
                    let reply = try await reply
                    #expect(reply == .text("PONG"))
                }
            }
        }

        @Test func lateRepliesAreDroppedInOrder() async throws {
            let server = try RedisServerProcess()
            var configuration = server.configuration(poolSize: 1)
            configuration.breaker = nil
            configuration.pingInterval = .seconds(600)
            try await withClient(configuration) { client in
                try await client.start()
                server.pause()
                for number in 0..<5 {
                    await #expect(throws: StoreError.self) { try await client.send(RedisCommand("ECHO", [.text("late \(number)")]), budget: .milliseconds(10)) }
                }
                #expect(client.health.outage?.reason == .timeout, "without a breaker nobody else would say it")
                server.resume()
                for number in 0..<20 {
                    let reply = try await client.send(RedisCommand("ECHO", [.text("\(number)")])).string
                    #expect(reply == "\(number)")
                }
                #expect(client.health.reconnects == 0 && !client.isDegraded)
            }
        }

        @Test func nothingWorksAfterTheShutDown() async throws {
            let server = try RedisServerProcess()
            let client = try RedisClient(server.configuration())
            try await client.start()
            await client.shutDown()
            await #expect(throws: StoreError.self) { try await client.send(RedisCommand("PING")) }
            await #expect(throws: StoreError.self) { try await client.subscribe(to: "c") { _ in } }
            await client.shutDown()
        }

        @Test func aPortWhereNobodyListensIsUnavailable() async throws {
            let nobody = try StandInServer()
            var configuration = RedisConfiguration(port: nobody.port)
            configuration.budget = .seconds(20)
            try await withClient(configuration) { client in
                let error = await #expect(throws: StoreError.self) { try await client.send(RedisCommand("PING")) }
                #expect(error?.code == .unavailable)
                #expect(client.isDegraded)
            }
            // Nobody else has had the port until now.
            withExtendedLifetime(nobody) {}
        }
    }
}

/// Asks again until it is so: for what another process does in its own time. The test's time limit ends it.
func eventually(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await SystemClock.shared.sleep(for: .milliseconds(5)) }
}
