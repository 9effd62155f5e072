import InterlockConcurrency
@testable import InterlockRedis
import Testing

struct RedisConfigurationTests {
    @Test func aURLSaysEverything() throws {
        let one = try RedisConfiguration(url: "redis://bob:p%40ss%3A@[::1]:7000/3?pool=4&prefix=x%3A&budget=20&name=me")
        #expect(one.topology == .single(NodeAddress(host: "::1", port: 7000)))
        #expect(one.user == "bob" && one.password == RedisPassword("p@ss:") && one.database == 3)
        #expect(one.poolSize == 4 && one.prefix == "x:" && one.budget == .milliseconds(20) && one.clientName == "me" && !one.usesTLS)
        let plain = try RedisConfiguration(url: "rediss://:secret@cache.example")
        #expect(plain.topology == .single(NodeAddress(host: "cache.example", port: 6379)) && plain.usesTLS && plain.user == nil)
        let sentinel = try RedisConfiguration(url: "redis+sentinel://h1,h2:26380/mymaster/2")
        #expect(sentinel.topology == .sentinel([NodeAddress(host: "h1", port: 26379), NodeAddress(host: "h2", port: 26380)], master: "mymaster"))
        #expect(sentinel.database == 2 && sentinel.sentinelPassword == nil)
        let guarded = try RedisConfiguration(url: "rediss+sentinel://bob:one@h1/mymaster?sentinel-password=t%26wo%3D&pool=3")
        #expect(guarded.sentinelPassword == RedisPassword("t&wo=") && guarded.password == RedisPassword("one") && guarded.poolSize == 3)
        let cluster = try RedisConfiguration(url: "redis+cluster://h1:7000,h2:7001?pool=1")
        #expect(cluster.topology == .cluster([NodeAddress(host: "h1", port: 7000), NodeAddress(host: "h2", port: 7001)]))
    }

    @Test func whatIsWrongIsSaidWithoutThePassword() {
        let cases: [(String, RedisConfigurationError.Code)] = [
            ("localhost:6379", .scheme), ("http://h", .scheme), ("redis://", .address), ("redis://hunter2@h", .credentials), ("redis://u:@h", .credentials),
            ("redis://u:hunter2@h:0", .address), ("redis://u:hunter2@h:99999", .address), ("redis://u:hunter2/x@h", .address), ("redis://u:hun%ter2@h", .option),
            ("redis://u:hunter2@h/x", .option), ("redis://u:hunter2@h/1/2", .address), ("redis://u:hunter2@h?pool=0", .option), ("redis://u:hunter2@h?pool", .option),
            ("redis://u:hunter2@h?pools=2", .option), ("redis://u:hunter2@h?prefix=%7Bx", .option), ("redis://h1,h2", .address), ("redis+sentinel://h", .address),
            ("redis+cluster://h/1", .option), ("redis://u:hunter2@[::1", .address), ("redis://u:hunter2@h?pool=65", .option),
            ("redis://h?sentinel-password=hunter2", .option), ("redis+cluster://h?sentinel-password=hunter2", .option), ("redis+sentinel://h/m?sentinel-password=", .credentials),
            ("redis+sentinel://h/m?sentinel-passwort=hunter2", .option), ("redis+sentinel://h/m?sentinel-password=hunter2%", .option),
        ]
        for (url, code) in cases {
            let error = #expect(throws: RedisConfigurationError.self, "\(url)") { try RedisConfiguration(url: url) }
            #expect(error?.code == code, "\(url): \(error?.message ?? "")")
            #expect(error?.message.contains("hunter2") == false, "\(url)")
        }
    }

    @Test func slotsAreThoseOfTheSpecification() {
        #expect(HashSlot.of("123456789") == 0x31C3)
        #expect(HashSlot.of("foo") == 12182)
        #expect(HashSlot.of("{user1000}.following") == HashSlot.of("{user1000}.followers"))
        #expect(HashSlot.of("foo{}{bar}") != HashSlot.of("bar"))
        #expect(HashSlot.of("foo{{bar}}zap") == HashSlot.of("{bar"))
        #expect(HashSlot.tag(of: "foo{bar}{zap}") == "bar" && HashSlot.tag(of: "foo{}{bar}") == nil && HashSlot.tag(of: "foo") == nil)
    }

    @Test func redirectionsAreRead() throws {
        let asked = NodeAddress(host: "me", port: 1)
        #expect(Redirection(RESPErrorReply("MOVED 3999 10.0.0.1:6381"), asked: asked) == .moved(slot: 3999, NodeAddress(host: "10.0.0.1", port: 6381)))
        #expect(Redirection(RESPErrorReply("MOVED 3999 :6381"), asked: asked) == .moved(slot: 3999, NodeAddress(host: "me", port: 6381)))
        #expect(Redirection(RESPErrorReply("ASK 1 ::1:6381"), asked: asked) == .ask(NodeAddress(host: "::1", port: 6381)))
        #expect(Redirection(RESPErrorReply("TRYAGAIN x"), asked: asked) == .tryAgain)
        #expect(Redirection(RESPErrorReply("MOVED 16384 a:1"), asked: asked) == nil)
        #expect(Redirection(RESPErrorReply("ERR x"), asked: asked) == nil)
        let reply = RESPValue.array([.array([.integer(0), .integer(8191), .array([.text("a"), .integer(1)])]), .array([.integer(8192), .integer(16383), .array([.null, .integer(2)])])])
        let map = try #require(SlotMap(reply, asked: asked))
        #expect(map[0] == NodeAddress(host: "a", port: 1) && map[16383] == NodeAddress(host: "me", port: 2))
        #expect(SlotMap(.array([.array([.integer(0), .integer(16384), .array([.text("a"), .integer(1)])])]), asked: asked) == nil)
    }

    @Test func differentKeysNeverMeetAndWhatBelongsTogetherSharesASlot() {
        let space = KeySpace("p:")
        let keys = ["a", "{a}", "{a}b", "%", "", "{}", "{}a", "a}", "{", "{a", "%7B", "}{x}", "x{a}"]
        #expect(Set(keys.map { space.key("k", $0) }).count == keys.count)
        for key in keys { #expect(HashSlot.of(space.key("lease", key)) == HashSlot.of(space.key("fence", key)), "\(key)") }
        #expect(HashSlot.of(space.key("state", "{acme}:x")) == HashSlot.of("acme"))
    }

    @Test func timesSortAsText() {
        let times: [Int64] = [.min, -5, -1, 0, 1, 1_767_225_600_000, .max]
        #expect(times.map(RedisSessionStore.sortable) == times.map(RedisSessionStore.sortable).sorted())
        for time in times { #expect(RedisSessionStore.time(Array(RedisSessionStore.sortable(time).utf8)[...]) == time) }
    }
}
