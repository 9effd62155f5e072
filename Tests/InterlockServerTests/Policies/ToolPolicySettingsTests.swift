import InterlockConcurrency
import InterlockJSON
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import Synchronization
import Testing

@Suite("Policies that a configuration sets by the names of tools", .timeLimit(.minutes(5)))
struct ToolPolicySettingsTests {
    private static let anything = RawJSON(["type": "object"] as JSONValue)

    private func settings(_ text: String) throws -> [String: ToolPolicySettings] {
        try ToolPolicySettings.tools(RawJSON(parsing: text), at: "tools")
    }

    private func policies(_ text: String, over declared: (inout ToolPolicies) -> Void = { _ in }) throws -> ToolPolicies {
        var policies = ToolPolicies()
        declared(&policies)
        try #require(try settings(#"{"work":\#(text)}"#)["work"]).apply(to: &policies)
        return policies
    }

    /// How many calls are inside at once, of a tool that its author left without any guard.
    private func overlap(_ calls: Int, configured text: String?, arguments: String = #"{"key":"a"}"#) async throws -> Int {
        let inside = Mutex((now: 0, peak: 0))
        var configuration = ServerConfiguration(name: "s", version: "1")
        if let text { configuration.toolPolicies = try settings(#"{"work":\#(text)}"#) }
        let server = try Server(configuration: configuration) {
            Tool("work", inputSchema: Self.anything) { (_: RawJSON, _: HandlerContext) in
                inside.withLock { $0.now += 1; $0.peak = max($0.peak, $0.now) }
                for _ in 0..<4 { await Task.yield() }
                inside.withLock { $0.now -= 1 }
                return "done"
            }
        }
        let client = try WireClient(server)
        for id in 1...calls { client.send(Messages.call("work", arguments, id: "\(id)", modern: true)) }
        for id in 1...calls { _ = try await client.response(.number(JSONNumber(id))) }
        return inside.withLock { $0.peak }
    }

    @Test("exclusive and concurrency hold as if the author had declared them; without them calls overlap", arguments: [
        (#"{"exclusive":["key"]}"#, 1), (#"{"exclusive":true}"#, 1), (#"{"concurrency":3}"#, 3), (#"{"preset":"sqlite"}"#, 4),
        (#"{"adaptiveConcurrency":{"maximum":3}}"#, 3),
    ])
    func guards(_ text: String, _ most: Int) async throws {
        #expect(try await overlap(40, configured: text) <= most)
        var found = false
        for _ in 0..<100 where !found { found = try await overlap(40, configured: nil) > most }
        #expect(found)
    }

    @Test("every policy can be set")
    func all() throws {
        let set = try policies(#"""
            {"concurrency":5,"queue":{"depth":7,"deadline":"20s","whenFull":"rejectOldest"},"timeout":"10s","onWorkers":true,"neverInline":true,
             "rate":[{"count":100,"period":"1m","burst":20,"per":"everyone","blockTime":"1m","shadow":true,"fallback":"local:0.25"},{"count":5,"period":"1s","algorithm":"tokenBucket"}],
             "breaker":{"window":"30s","failureRate":0.25,"openDuration":"5s","openGrowth":2,"longestOpenDuration":"60s","probeDuration":"7s"},"cache":{"entries":9,"bytes":4096,"ttl":"60s","staleFor":"5s","per":"everyone"},
             "coalesce":"everyone","retry":{"attempts":4,"first":"10ms","longest":"1s","factor":3,"jitter":"half","budget":{"share":0.1}},
             "hedge":{"after":"80ms","attempts":3,"budget":{}},"sheddable":"second","exclusive":["from","to"]}
            """#)
        #expect(set.concurrency == 5 && set.queue == QueueConfiguration(depth: 7, deadline: .seconds(20), whenFull: .rejectOldest) && set.timeout == .seconds(10))
        #expect(set.onWorkers && set.neverInline)
        #expect(set.rate?.limits == [RateLimit(100, per: .seconds(60), burst: 20), RateLimit(5, per: .seconds(1), algorithm: .tokenBucket)])
        #expect(set.rate?.scope == .everyone && set.rateBlockTime == .seconds(60) && set.rateIsShadow)
        #expect(set.rateFallback == .local(fraction: 0.25))
        let breaker = CircuitBreakerConfiguration(
            window: .time(.seconds(30)), failureRate: 0.25, openDuration: .seconds(5), openGrowth: 2, longestOpenDuration: .seconds(60), probeDuration: .seconds(7))
        #expect(set.breaker == breaker)
        #expect(set.cache?.entries == 9 && set.cache?.bytes == 4096 && set.cache?.ttl == .seconds(60) && set.cache?.staleFor == .seconds(5) && set.cache?.scope == .everyone)
        #expect(set.coalesces == .everyone && set.priority == .second)
        #expect(set.retry?.attempts == 4 && set.retry?.backoff == Backoff(first: .milliseconds(10), factor: 3, longest: .seconds(1), jitter: .half))
        #expect(set.retry?.budget != nil)
        #expect(set.hedge?.delay == .milliseconds(80) && set.hedge?.attempts == 3 && set.hedge?.budget != nil)
        #expect(set.configuredKeys == .arguments(["from", "to"]))
    }

    @Test("what is not named keeps what the author declared, and false takes it away")
    func overlay() throws {
        let declared: (inout ToolPolicies) -> Void = { $0.concurrency = 2; $0.timeout = .seconds(3) }
        #expect(try policies(#"{"queue":{"depth":1}}"#, over: declared).concurrency == 2)
        let without = try policies(#"{"concurrency":false,"timeout":false,"exclusive":false}"#, over: declared)
        #expect(without.concurrency == nil && without.timeout == nil && without.configuredKeys == ConfiguredKeys.none)
    }

    @Test("a limit that is found takes the place of one that is set, and the other way round")
    func adaptation() throws {
        let found = try policies(#"{"adaptiveConcurrency":{"initial":8,"minimum":2,"maximum":30,"tolerance":2}}"#) { $0.concurrency = 3; $0.concurrencyScope = .cluster }
        #expect(found.adaptation == ConcurrencyAdaptation(initial: 8, minimum: 2, maximum: 30, tolerance: 2) && found.concurrency == 8 && !found.isClusterWide)
        let usual = try policies(#"{"adaptiveConcurrency":true}"#)
        #expect(usual.adaptation == ConcurrencyAdaptation())
        #expect(try policies(#"{"adaptiveConcurrency":{"maximum":5}}"#).adaptation == ConcurrencyAdaptation(initial: 5, minimum: 1, maximum: 5))
        let adaptive: (inout ToolPolicies) -> Void = { $0.adapt(ConcurrencyAdaptation()) }
        #expect(try policies(#"{"concurrency":3}"#, over: adaptive).adaptation == nil)
        #expect(try policies(#"{"preset":"sqlite"}"#, over: adaptive).adaptation == nil)
        #expect(try policies(#"{"adaptiveConcurrency":false}"#, over: adaptive).concurrency == nil)
        #expect(try policies(#"{"adaptiveConcurrency":false}"#) { $0.concurrency = 3 }.concurrency == 3)
    }

    @Test("a preset comes first, what stands beside it wins, in a configuration and in code")
    func presets() throws {
        let set = try policies(#"{"preset":{"rateLimitedAPI":{"count":60,"period":"1m"}},"concurrency":2}"#)
        #expect(set.rate?.limits == [RateLimit(60, per: .seconds(60))] && set.rate?.scope == .everyone)
        #expect(set.concurrency == 2 && set.timeout == .seconds(30) && set.breaker != nil)
        #expect(try policies(#"{"preset":"cpu"}"#).onWorkers)
        #expect(try policies(#"{"preset":{"fileWrites":10}}"#).concurrency == 10)
        let tool = Tool("t") { (_: HandlerContext) in "done" }.preset(.sqlite(connections: 50)).timeout(.seconds(1))
        #expect(tool.policies.concurrency == 5 && tool.policies.timeout == .seconds(1))
    }

    @Test("what is wrong is named by its place", arguments: [
        (#"{"work":{"concurrency":0}}"#, #""tools.work.concurrency" is 0"#),
        (#"{"work":{"rate":{"count":5}}}"#, #""tools.work.rate.period" is missing"#),
        (#"{"work":{"rate":[]}}"#, #""tools.work.rate" is []"#),
        (#"{"work":{"rate":[{"count":5,"period":"1s"},{"count":5,"period":"x"}]}}"#, #""tools.work.rate[1].period" is "x""#),
        (#"{"work":{"rate":{"count":5,"period":"1s","fallback":"local:2"}}}"#, #""tools.work.rate.fallback" is "local:2": give "deny", "allow", or "local:""#),
        (#"{"work":{"breaker":{"calls":5,"window":"1s"}}}"#, #""tools.work.breaker" has both"#),
        (#"{"work":{"breaker":{"openDuration":"5s","longestOpenDuration":"1s"}}}"#, #""tools.work.breaker" has a "longestOpenDuration" shorter"#),
        (#"{"work":{"cache":{"entries":5}}}"#, #""tools.work.cache.ttl" is missing"#),
        (#"{"work":{"hedge":{"attempts":2}}}"#, #""tools.work.hedge.after" is missing"#),
        (#"{"work":{"concurrency":3,"adaptiveConcurrency":true}}"#, #"has both "concurrency" and "adaptiveConcurrency""#),
        (#"{"work":{"adaptiveConcurrency":{"initial":9,"maximum":3}}}"#, #""tools.work.adaptiveConcurrency" must have"#),
        (#"{"work":{"sheddable":"soon"}}"#, #""tools.work.sheddable" is "soon": give one of "first", "second", "last""#),
        (#"{"work":{"preset":"disk"}}"#, #""tools.work.preset" is "disk""#),
        (#"{"work":{"timeuot":"1s"}}"#, #"did you mean "timeout"?"#),
        (#"{"work":5}"#, #""tools.work" is 5: give an object"#),
    ])
    func errors(_ text: String, _ message: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try settings(text) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test("policies for a tool that is not there are refused, with the name that was meant; unless tools may come later")
    func unknownTool() throws {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.toolPolicies = try settings(#"{"wrok":{"concurrency":1}}"#)
        let error = #expect(throws: FeatureError.self) { try Server(configuration: configuration) { Tool("work") { (_: HandlerContext) in "done" } } }
        #expect(error?.description.contains("did you mean 'work'?") == true)
        configuration.dynamicFeatures = [.tools]
        #expect(throws: Never.self) { try Server(configuration: configuration) { Tool("work") { (_: HandlerContext) in "done" } } }
    }
}
