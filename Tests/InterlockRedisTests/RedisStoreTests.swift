import InterlockConcurrency
import InterlockJSON
@testable import InterlockRedis
import InterlockSimulation
import InterlockStorage
import Synchronization
import Testing

extension AgainstRedis {
    @Suite(.timeLimit(.minutes(5)))
    struct RedisStoreTests {
        private func record(_ id: String, created: Int64 = 1_000, used: Int64 = 1_000) -> SessionRecord {
            SessionRecord(
                id: id, revision: "2025-11-25", principal: "alice", clientInfo: nil, clientCapabilities: .emptyObject, subscriptions: ["file:///a"],
                createdAt: created, lastUsedAt: used)
        }

        @Test func sessionsAreKeptTouchedCountedAndRemoved() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let store = RedisSessionStore(client)
                for number in 0..<100 { try await store.save(record("s\(number)", created: Int64(number), used: Int64(number) + 1_000)) }
                var count = try await store.count()
                #expect(count == 100)
                try await store.touch("s5", at: 9_000)
                try await store.touch("s5", at: 8_000)
                try await store.touch("unknown", at: 8_000)
                var loaded = try await store.load("s5")
                #expect(loaded == record("s5", created: 5, used: 9_000))
                try await store.remove("s6")
                loaded = try await store.load("s6")
                #expect(loaded == nil)
                let removed = try await store.removeSessions(createdBefore: 10, lastUsedBefore: 1_020)
                #expect(removed == 19)
                count = try await store.count()
                #expect(count == 80)
                let odd = record("{}%\u{0}é", created: .min, used: .max)
                try await store.save(odd)
                loaded = try await store.load(odd.id)
                #expect(loaded == odd)
            }
        }

        @Test func sessionsLapseByIdleTimeAndByLifetime() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let store = RedisSessionStore(client, idleTimeout: .seconds(1_000), lifetime: .seconds(5_000))
                try await store.save(record("a"))
                let keys = try await client.send(RedisCommand("KEYS", ["interlock:session:*"])).elements?.compactMap(\.string) ?? []
                func left() async throws -> Int64 { try await client.send(RedisCommand("PTTL", [.text(keys[0])])).int ?? -1 }
                var ttl = try await left()
                #expect(ttl > 990_000 && ttl <= 1_000_000)
                _ = try await client.send(RedisCommand("PEXPIRE", [.text(keys[0]), 50_000]))
                try await store.touch("a", at: 2_000)
                ttl = try await left()
                #expect(ttl > 990_000)
                let short = RedisSessionStore(client, idleTimeout: .seconds(100_000), lifetime: .seconds(50))
                try await short.save(record("b"))
                try await short.touch("b", at: 3_000)
                let other = try await client.send(RedisCommand("KEYS", ["interlock:session:*:b"])).elements?.first?.string ?? ""
                let otherLeft = try await client.send(RedisCommand("PTTL", [.text(other)])).int ?? -1
                #expect(otherLeft > 0 && otherLeft <= 50_000)
                let instant = RedisSessionStore(client, idleTimeout: .milliseconds(1), lifetime: .seconds(50))
                try await instant.save(record("c"))
                try await eventually { try await instant.load("c") == nil }
                let count = try await instant.count()
                #expect(count == 2)
            }
        }

        @Test func commitsCompareAndSetOverSeveralKeys() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let store = RedisStateStore(client)
                let (alice, bob) = ("{acc}:alice", "{acc}:bob")
                var done = try await store.commit([StateChange(alice, expecting: .absent, value: [1]), StateChange(bob, expecting: .absent, value: [2])])
                #expect(done)
                done = try await store.commit([StateChange(alice, expecting: .absent, value: [9])])
                #expect(!done)
                let loaded = try await store.load([alice, bob, "{acc}:none"])
                #expect(loaded.map { $0?.value } == [[1], [2], nil])
                let version = try #require(loaded[0]?.version)
                done = try await store.commit([StateChange(alice, expecting: .version(version), value: [3]), StateChange(bob, expecting: .version(1), value: [4])])
                #expect(!done)
                done = try await store.commit([StateChange(alice, expecting: .version(version), value: nil), StateChange(bob, expecting: .anything, value: [5])])
                #expect(done)
                done = try await store.commit([StateChange(alice, expecting: .absent, value: [1])])
                #expect(done)
                let again = try await store.load([alice, bob])
                #expect(again[0]!.version > version && again[1]?.value == [5])
                done = try await store.commit([StateChange("short", expecting: .anything, value: [1], expiresAfter: .milliseconds(1))])
                try await eventually { try await store.load(["short"]) == [nil] }
                let error = await #expect(throws: StoreError.self) {
                    try await store.commit([StateChange("a", expecting: .anything, value: []), StateChange("b", expecting: .anything, value: [])])
                }
                #expect(error?.code == .refused)
            }
        }

        /// The negative control beside it: the same increments by reading and writing lose some.
        @Test(arguments: [true, false]) func concurrentIncrementsLoseNothingByCommitsAndSomethingWithoutTheCheck(checks: Bool) async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let store = RedisStateStore(client)
                // All have read before the first one writes.
                let allHaveRead = Gate()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            for _ in 0..<10 {
                                while true {
                                    let old = try await store.load(["n"])[0]
                                    try await allHaveRead.wait()
                                    let expecting: StateChange.Expectation = !checks ? .anything : old.map { .version($0.version) } ?? .absent
                                    let number = Int(String(decoding: old?.value ?? [48], as: UTF8.self))! + 1
                                    if try await store.commit([StateChange("n", expecting: expecting, value: Array(String(number).utf8))]) { break }
                                }
                            }
                        }
                    }
                    group.addTask {
                        try await allHaveRead.waitForWaiters(20)
                        allHaveRead.open()
                    }
                    try await group.waitForAll()
                }
                let value = try await store.load(["n"])[0]!.value
                let sum = String(decoding: value, as: UTF8.self)
                if checks { #expect(sum == "200") } else { #expect(sum != "200") }
            }
        }

        @Test func aCallIsClaimedOnce() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let store = RedisIdempotencyStore(client)
                @Sendable func claim(
                    _ key: String = "k", _ fingerprint: String = "f", token: UInt64 = .random(in: 100...UInt64.max), holding: Duration = .seconds(100)
                ) async throws -> IdempotencyClaim {
                    try await store.claim(key, token: token, fingerprint: fingerprint, holdingFor: holding, keepingFor: .seconds(100))
                }
                let claims = try await withThrowingTaskGroup(of: (token: UInt64, IdempotencyClaim).self) { group in
                    for token in 1...50 as ClosedRange<UInt64> { group.addTask { (token, try await claim(token: token)) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let tokens = claims.filter { $0.1 == .claimed }.map(\.token)
                #expect(tokens.count == 1 && claims.count { $0.1 == .running } == 49)
                var state = try await claim("k", "other")
                #expect(state == .mismatch)
                var done = try await store.finish("k", token: tokens[0] &+ 1, result: [1], keepingFor: .seconds(100))
                #expect(!done)
                done = try await store.finish("k", token: tokens[0], result: [1, 2], keepingFor: .seconds(100))
                #expect(done)
                state = try await claim()
                #expect(state == .finished([1, 2]))
                done = try await store.abandon("k", token: tokens[0])
                #expect(!done)
                state = try await claim()
                #expect(state == .finished([1, 2]))
                state = try await claim("g", token: 7)
                #expect(state == .claimed)
                done = try await store.abandon("g", token: 7)
                #expect(done)
                state = try await claim("g")
                #expect(state == .claimed)
                _ = try await claim("l", holding: .milliseconds(1))
                try await eventually { try await claim("l") == .lost }
            }
        }

        @Test func leasesAreBoundedFreedWhenTheirHolderDiesAndFencesRise() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let store = RedisLeaseStore(client)
                let leases = try await withThrowingTaskGroup(of: Lease?.self) { group in
                    for _ in 0..<30 { group.addTask { try await store.acquire("k", limit: 3, duration: .seconds(100)) } }
                    return try await group.reduce(into: [Lease]()) { if let lease = $1 { $0.append(lease) } }
                }
                #expect(leases.count == 3 && Set(leases.map(\.fence)).count == 3)
                try await store.release(leases[0])
                let next = try #require(try await store.acquire("k", limit: 3, duration: .milliseconds(1)))
                #expect(next.fence > leases.map(\.fence).max()!)
                // Its holder is never heard of again.
                var heir: Lease?
                try await eventually {
                    heir = try await store.acquire("k", limit: 3, duration: .seconds(100))
                    return heir != nil
                }
                #expect(heir!.fence > next.fence)
                var renewed = try await store.renew(next, duration: .seconds(1))
                #expect(!renewed)
                renewed = try await store.renew(heir!, duration: .seconds(1))
                #expect(renewed)
            }
        }

        @Test func threeInstancesTogetherStayWithinBurstAndRate() async throws {
            let server = try RedisServerProcess()
            let time = Mutex<Int64>(1_767_225_600_000_000)
            for algorithm in [RateLimit.Algorithm.gcra, .tokenBucket] {
                let limits = [RateLimit(10, per: .seconds(1), burst: 20, algorithm: algorithm), RateLimit(100, per: .seconds(60), burst: 30, algorithm: algorithm)]
                let reference = RateLimiterModel(limits)
                try await withClient(server.configuration()) { one in
                    try await withClient(server.configuration()) { two in
                        try await withClient(server.configuration()) { three in
                            let stores = [one, two, three].map { client in
                                RedisRateLimitStore(client, rememberedRefusals: 1) {
                                    let now = time.withLock { $0 }
                                    return (now / 1_000_000, now % 1_000_000)
                                }
                            }
                            var admitted = 0
                            let start = time.withLock { $0 }
                            var seed = SeededRandom(seed: 3)
                            for step in 0..<400 {
                                time.withLock { $0 += Int64.random(in: 0...30_000, using: &seed) }
                                let now = time.withLock { $0 }
                                // A key of its own for each store's memory of refusals, so that every question reaches the script.
                                _ = try await stores[step % 3].take(1, from: "other\(step)", limits: limits)
                                let decision = try await RateScript.decision(
                                    [one, two, three][step % 3].run(
                                        RateScript.taking, keys: ["{k}\(algorithm)"],
                                        arguments: RateScript.arguments(1, limits, now: (now / 1_000_000, now % 1_000_000), jitter: 0)))
                                let expected = reference.take(at: now * 1_000)
                                #expect(decision == expected, "step \(step)")
                                if decision.isAllowed { admitted += 1 }
                                let seconds = Double(now - start) / 1_000_000
                                // A bucket gets all of a period at once.
                                let ahead = algorithm == .gcra ? 0.0 : 10
                                #expect(Double(admitted) <= 20 + 10 * seconds + ahead + 1e-6)
                            }
                            #expect(admitted >= 30)
                        }
                    }
                }
            }
        }

        @Test func instancesThatDisagreeLetInNoMoreThanTheMostGenerousOfThem() async throws {
            let server = try RedisServerProcess()
            let clock = ManualClock()
            for algorithm in [RateLimit.Algorithm.gcra, .tokenBucket] {
                // The old file and the new one: more in a shorter time.
                let sets = [[RateLimit(5, per: .seconds(60), algorithm: algorithm)], [RateLimit(10, per: .seconds(10), burst: 10, algorithm: algorithm)]]
                try await withClient(server.configuration(), clock: clock) { one in
                    try await withClient(server.configuration(), clock: clock) { two in
                        let begin = clock.now.nanoseconds
                        let stores = [one, two].map { client in
                            RedisRateLimitStore(client, rememberedRefusals: 1) { (1_000 + clock.now.nanoseconds / 1_000_000_000, clock.now.nanoseconds % 1_000_000_000 / 1_000) }
                        }
                        var admitted = 0
                        for step in 0..<1_200 {
                            if try await stores[step % 2].take(1, from: "k\(algorithm)", limits: sets[step % 2]).isAllowed { admitted += 1 }
                            clock.advance(by: .milliseconds(50))
                            let seconds = Double(clock.now.nanoseconds - begin) / 1e9
                            // A bucket gets all of a period at once.
                            #expect(Double(admitted) <= 10 + seconds + (algorithm == .gcra ? 1 : 10), "\(algorithm) after \(seconds) s")
                        }
                        #expect(admitted > 10)
                    }
                }
            }
        }

        @Test func aRefusedKeyIsRefusedHereUntilItsTime() async throws {
            let server = try RedisServerProcess()
            let clock = ManualClock()
            let configuration = server.configuration()
            try await withClient(configuration, clock: clock) { client in
                let store = RedisRateLimitStore(client, rememberedRefusals: 100) { [clock] in (1_000 + clock.now.nanoseconds / 1_000_000_000, clock.now.nanoseconds % 1_000_000_000 / 1_000) }
                let limits = [RateLimit(1, per: .seconds(10), burst: 2)]
                let first = try await store.take(2, from: "k", limits: limits)
                #expect(first.isAllowed && first.remaining == 0)
                let second = try await store.take(1, from: "k", limits: limits)
                #expect(!second.isAllowed && second.retryAfter == .seconds(10) && store.refusedLocally == 0)
                clock.advance(by: .seconds(4))
                let third = try await store.take(2, from: "k", limits: limits)
                #expect(!third.isAllowed && third.retryAfter == .seconds(6) && store.refusedLocally == 1)
                clock.advance(by: .seconds(6))
                let fourth = try await store.take(1, from: "k", limits: limits)
                #expect(fourth.isAllowed)
                let never = try await store.take(3, from: "k", limits: limits)
                #expect(!never.isAllowed && never.retryAfter == nil)
                let error = await #expect(throws: StoreError.self) { try await store.take(1, from: "k", limits: [RateLimit(1, per: .seconds(86_400 * 40))]) }
                #expect(error?.code == .refused)
            }
        }

        @Test func theRuleForADegradedStoreAnswersOnlyThen() async throws {
            let server = try RedisServerProcess()
            let limits = [RateLimit(4, per: .seconds(1_000))]
            var configuration = server.configuration()
            configuration.reconnect = Backoff(first: .seconds(600), jitter: .none)
            try await withClient(configuration) { client in
                let store = RedisRateLimitStore(client)
                let clock = ManualClock()
                let deny = ResilientRateLimitStore(store, whenDegraded: .deny, clock: clock)
                let allow = ResilientRateLimitStore(store, whenDegraded: .allow, clock: clock)
                let local = ResilientRateLimitStore(store, whenDegraded: .local(fraction: 0.5), clock: clock)
                func allowed(_ store: ResilientRateLimitStore, _ count: Int) async throws -> Int {
                    var sum = 0
                    for _ in 0..<count where try await store.take(1, from: "k", limits: limits).isAllowed { sum += 1 }
                    return sum
                }
                // An ordinary refusal is not the fallback's business.
                var sum = try await allowed(allow, 6)
                #expect(sum == 4 && allow.snapshot.degraded == 0 && !allow.snapshot.isDegraded)
                server.kill()
                try await eventually { (try? await client.send(RedisCommand("PING"))) == nil }
                func fresh(_ store: ResilientRateLimitStore) async throws -> Int {
                    var sum = 0
                    for _ in 0..<6 where try await store.take(1, from: "fresh", limits: limits).isAllowed { sum += 1 }
                    return sum
                }
                sum = try await fresh(deny)
                #expect(sum == 0)
                sum = try await fresh(allow)
                #expect(sum == 6 && allow.snapshot.degraded == 6 && allow.snapshot.isDegraded)
                #expect(deny.snapshot.isDegraded)
                clock.advance(by: .seconds(10))
                #expect(!deny.snapshot.isDegraded, "without questions nobody knows")
                sum = try await fresh(local)
                #expect(sum == 2 && local.snapshot.deniedWhileDegraded == 4)
            }
        }

        @Test func theBusDeliversInOrderAndSaysWhatWasMissed() async throws {
            let server = try RedisServerProcess()
            var configuration = server.configuration()
            configuration.reconnect = Backoff(first: .milliseconds(5), longest: .milliseconds(20))
            try await withClient(configuration) { client in
                let bus = RedisMessageBus(client)
                let events = Mutex<[BusEvent]>([])
                let others = Mutex<[BusEvent]>([])
                let first = try await bus.subscribe(to: "c") { event in events.withLock { $0.append(event) } }
                _ = try await bus.subscribe(to: "c") { event in others.withLock { $0.append(event) } }
                for number in 0..<100 as Range<UInt8> { try await bus.publish([number], to: "c") }
                try await eventually { events.withLock { $0.count } == 100 && others.withLock { $0.count } == 100 }
                #expect(events.withLock { $0 } == (0..<100).map { .message([$0]) })
                server.kill()
                try server.start()
                try await eventually { events.withLock { $0.last } == .gap && others.withLock { $0.last } == .gap }
                #expect(events.withLock { $0.suffix(2) } == [.lost, .gap])
                first.cancel()
                try await eventually { (try? await bus.publish([7], to: "c")) != nil }
                try await eventually { others.withLock { $0.last } == .message([7]) }
                #expect(events.withLock { $0.last } == .gap)
            }
        }

        @Test func eventsAreFetchedAndFollowedFromAnotherInstance() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { here in
                try await withClient(server.configuration()) { there in
                    let (writer, reader) = (RedisEventStore(here), RedisEventStore(there))
                    func event(_ sequence: UInt32, _ stream: UInt32 = 1, last: Bool = false) -> StoredEvent {
                        StoredEvent(session: "s", stream: stream, sequence: sequence, data: [UInt8(sequence & 255)], isLast: last)
                    }
                    for sequence in 1...700 as ClosedRange<UInt32> { writer.append(event(sequence)) }
                    await writer.flush()
                    var fetched = try await reader.fetch(session: "s", stream: 1, after: 20)
                    #expect(fetched == (21...700).map { event($0) })
                    #expect(writer.events(session: "s", stream: 1, after: 699) == [event(700)])
                    fetched = try await reader.fetch(session: "s", stream: 9, after: 0)
                    #expect(fetched == nil)
                    let seen = Mutex<[StoredEvent?]>([])
                    let subscription = try await reader.follow(session: "s", stream: 1, after: 600) { event in seen.withLock { $0.append(event) } }
                    for sequence in 701...750 as ClosedRange<UInt32> { writer.append(event(sequence, last: sequence == 750)) }
                    try await eventually { reader.snapshot.followers == 0 }
                    #expect(seen.withLock { $0 } == (601...750).map { event($0, last: $0 == 750) })
                    subscription.cancel()
                    // A hole in the middle is admitted.
                    writer.append(event(1, 2))
                    writer.append(event(3, 2))
                    await writer.flush()
                    fetched = try await reader.fetch(session: "s", stream: 2, after: 0)
                    #expect(fetched == nil)
                    fetched = try await reader.fetch(session: "s", stream: 2, after: 2)
                    #expect(fetched == [event(3, 2)])
                    let gap = Mutex<[StoredEvent?]>([])
                    _ = try await reader.follow(session: "s", stream: 2, after: 1) { event in gap.withLock { $0.append(event) } }
                    try await eventually { reader.snapshot.followers == 0 }
                    #expect(gap.withLock { $0 } == [nil])
                    writer.remove(session: "s")
                    await writer.flush()
                    fetched = try await reader.fetch(session: "s", stream: 1, after: 0)
                    #expect(fetched == nil)
                    let keys = try await here.send(RedisCommand("DBSIZE")).int
                    #expect(keys == 0)
                    await writer.shutDown()
                    await reader.shutDown()
                }
            }
        }

        @Test func eventsWaitWhileTheServerIsAwayAndAreWrittenOnce() async throws {
            let server = try RedisServerProcess()
            var configuration = server.configuration()
            configuration.reconnect = Backoff(first: .milliseconds(5), longest: .milliseconds(20))
            try await withClient(configuration) { client in
                try await client.start()
                let store = RedisEventStore(client)
                server.kill()
                for sequence in 1...200 as ClosedRange<UInt32> { store.append(StoredEvent(session: "s", stream: 1, sequence: sequence, data: [1])) }
                #expect(store.snapshot.queuedBytes > 0)
                try server.start()
                await store.flush()
                let fetched = try await store.fetch(session: "s", stream: 1, after: 0)
                #expect(fetched?.map(\.sequence) == Array(1...200))
                #expect(store.snapshot.written == 200 && store.snapshot.lost == 0)
                await store.shutDown()
            }
        }
    }
}
