@testable import InterlockRedis
import InterlockConcurrency
import InterlockStorage
import Testing

@Suite("What Redis says of itself")
struct RedisOutageReasonTests {
    @Test("an error reply tells what is wrong with the server, or only with the command", arguments: [
        ("LOADING Redis is loading the dataset in memory", .loading), ("READONLY You can't write against a read only replica.", .readOnly),
        ("NOAUTH Authentication required.", .auth), ("WRONGPASS invalid username-password pair", .auth), ("NOPERM this user has no permissions", .auth),
        ("ERR The user executing the script can't run this command or subcommand script: 4daefd, on @user_script:3.", .auth),
        ("OOM command not allowed when used memory > 'maxmemory'.", .full), ("CLUSTERDOWN The cluster is down", .other),
        ("ERR max number of clients reached", .other), ("ERR unknown command", nil), ("WRONGTYPE Operation against a key", nil),
        ("NOSCRIPT No matching script", nil),
        ("MOVED 1 127.0.0.1:7000", nil), ("ASK 1 127.0.0.1:7000", nil), ("TRYAGAIN Multiple keys request during rehashing", nil),
    ] as [(String, StoreOutage.Reason?)])
    func replies(message: String, reason: StoreOutage.Reason?) {
        #expect(StoreOutage.Reason(RESPErrorReply(message)) == reason)
        #expect(StoreError(RESPErrorReply(message), to: "GET").outage == reason)
    }
}

extension AgainstRedis {
    /// A client knows since when and why its server does not do what it should, and when that is over.
    @Suite("Why Redis is degraded", .timeLimit(.minutes(5)))
    struct RedisOutageTests {
        private func configuration(_ server: RedisServerProcess) -> RedisConfiguration {
            var configuration = server.configuration(poolSize: 1)
            configuration.reconnect = Backoff(first: .milliseconds(5), longest: .milliseconds(20), jitter: .half)
            return configuration
        }

        private func reason(_ client: RedisClient) -> StoreOutage.Reason? { client.health.outage?.reason }

        @Test("one that was killed is refused from then on, and well when it is back")
        func killed() async throws {
            let server = try RedisServerProcess()
            try await withClient(configuration(server)) { client in
                #expect(reason(client) == .unreachable) // nothing was tried yet
                try await client.start()
                #expect(client.health.outage == nil)
                let before = SystemClock.shared.wallTime
                server.kill()
                try await eventually { reason(client) == .refused }
                let since = try #require(client.health.outage?.since)
                #expect(since >= before && since <= SystemClock.shared.wallTime)
                try await SystemClock.shared.sleep(for: .milliseconds(60)) // it goes on trying
                #expect(client.health.outage == StoreOutage(.refused, since: since))
                try server.start()
                try await eventually { client.health.outage == nil }
            }
        }

        @Test("one that hangs is said to give no answer as soon as the breaker opens, before the connection is given up")
        func hanging() async throws {
            let server = try RedisServerProcess()
            var configuration = configuration(server)
            configuration.budget = .milliseconds(50)
            configuration.breaker?.openDuration = .seconds(600)
            configuration.pingInterval = .seconds(600)
            try await withClient(configuration) { client in
                try await client.start()
                server.pause()
                while client.health.breaker != .open { await #expect(throws: StoreError.self) { try await client.send(RedisCommand("PING")) } }
                #expect(reason(client) == .timeout && client.health.isConnected)
                await #expect(throws: StoreError.self) { try await client.send(RedisCommand("PING")) } // kept away: that says nothing new
                #expect(reason(client) == .timeout)
                server.resume()
            }
        }

        @Test("a wrong password is a matter of rights, and so is a command that its user may not use")
        func rights() async throws {
            let server = try RedisServerProcess(["--requirepass", "s3cret"])
            var configuration = configuration(server)
            configuration.password = "wr0ng-one"
            try await withClient(configuration) { client in
                await #expect(throws: StoreError.self) { try await client.start() }
                #expect(reason(client) == .auth)
            }
            configuration.password = "s3cret"
            try await withClient(configuration) { client in
                _ = try await client.send(RedisCommand("ACL", ["SETUSER", "limited", "on", ">pw", "~*", "+@read", "+hello"]))
            }
            configuration.user = "limited"
            configuration.password = "pw"
            try await withClient(configuration) { client in
                try await client.start()
                #expect(client.health.outage == nil)
                await #expect(throws: StoreError.self) { try await client.send(RedisCommand("SET", ["k", "v"])) }
                #expect(reason(client) == .auth)
                _ = try await client.send(RedisCommand("GET", ["k"]))
                #expect(reason(client) == .auth) // that it may read says nothing of what it may not write
            }
        }

        @Test("one without room is full, and one that became a replica is read only")
        func refusing() async throws {
            let server = try RedisServerProcess()
            try await withClient(configuration(server)) { client in
                _ = try await client.send(RedisCommand("CONFIG", ["SET", "maxmemory", "1"]))
                await #expect(throws: StoreError.self) { try await client.send(RedisCommand("SET", ["k", "v"])) }
                #expect(reason(client) == .full)
            }
            try await withClient(configuration(server)) { client in
                _ = try await client.send(RedisCommand("CONFIG", ["SET", "maxmemory", "0"]))
                let nobody = try HeldPort()
                defer { withExtendedLifetime(nobody) {} }
                _ = try await client.send(RedisCommand("REPLICAOF", ["127.0.0.1", .text("\(nobody.port)")]))
                await #expect(throws: StoreError.self) { try await client.send(RedisCommand("SET", ["k", "v"])) }
                try await eventually { reason(client) == .readOnly }
            }
        }
    }
}
