import InMemoryTracing
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import MetricsTestKit
import Synchronization
import Testing
import Tracing

@Suite("What a server tells of its calls", .timeLimit(.minutes(5)))
struct ObservationTests {
    private let clock = ManualClock()
    private let metrics = TestMetrics()
    private let tracer = InMemoryTracer()
    private let gate = Gate()
    private static let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private static let anything = RawJSON(["type": "object"] as JSONValue)

    private func server(
        _ change: (inout ServerConfiguration) -> Void = { _ in }, @FeatureBuilder more: () -> [any Feature] = { [] }
    ) throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.metrics = metrics
        configuration.tracer = tracer
        configuration.startsFastHandlersInline = false
        change(&configuration)
        return try Server(configuration: configuration) {
            Tool("ok") { (_: HandlerContext) in "fine" }
            Tool("bad") { (_: HandlerContext) -> String in throw ToolError("no") }
            Tool("hold") { [gate] (_: HandlerContext) in try await gate.wait(); return "held" }.concurrency(1).queue(depth: 1)
            Tool("slow") { [gate] (_: HandlerContext) in try await gate.wait(); return "late" }.timeout(.seconds(1))
            Tool("guarded", inputSchema: RawJSON(["type": "object"] as JSONValue)) { (_: RawJSON, _: HandlerContext) in
                ServiceContext.current == nil ? "no trace" : "traced"
            }.exclusive { _ in ["k"] }.concurrency(2).retry(RetryPolicy())
            more()
        }
    }

    private func count(_ operation: String, _ tool: String, _ outcome: String) throws -> Int64 {
        try metrics.expectCounter("interlock_calls_total", [("operation", operation), ("tool", tool), ("outcome", outcome)]).totalValue
    }

    @Test("every way a call can end is counted once, by its tool")
    func outcomes() async throws {
        let server = try server()
        let client = try WireClient(server)
        _ = try await client.request(Messages.call("ok", id: "1", modern: true))
        _ = try await client.request(Messages.call("bad", id: "2", modern: true))
        _ = try await client.request(Messages.call("ok", #"{"x":1}"#, id: "3", modern: true))
        client.send(Messages.call("hold", id: "4", modern: true))
        try await gate.waitForWaiters(1)
        client.send(Messages.call("hold", id: "5", modern: true)) // waits
        while server.features.tool(named: "hold")?.limiter?.snapshot.total.waiting != 1 { await Task.yield() }
        let other = try WireClient(server)
        _ = try await other.request(Messages.call("hold", id: "6", modern: true)) // or one of them, busy
        client.send(Messages.cancel("4"))
        gate.open()
        while server.snapshot.callsInFlight > 0 { await Task.yield() }
        _ = try await client.request(Messages.call("nothing", id: "7", modern: true))
        #expect(try count("tools/call", "ok", "ok") == 1)
        #expect(try count("tools/call", "ok", "tool_error") == 1) // arguments that its schema refuses are for the model to mend
        #expect(try count("tools/call", "bad", "tool_error") == 1)
        #expect(try count("tools/call", "hold", "busy") == 1)
        #expect(try count("tools/call", "hold", "cancelled") == 1)
        #expect(try count("tools/call", "", "protocol_error") == 1) // a name that is not offered is no label
        #expect(try metrics.expectCounter("interlock_refusals_total", [("reason", "queue_full")]).totalValue == 1)
        let total = try #require(server.observer).figures.map(\.count).reduce(0, +)
        #expect(total == 7)
    }

    @Test("a timeout is counted when it is answered, and not again when the handler ends")
    func timeout() async throws {
        let server = try server()
        let client = try WireClient(server)
        client.send(Messages.call("slow", id: "1", modern: true))
        try await gate.waitForWaiters(1)
        clock.advance(by: .seconds(1))
        _ = try await client.response(.number(1))
        gate.open()
        while server.snapshot.callsInFlight > 0 { await Task.yield() }
        #expect(try count("tools/call", "slow", "timed_out") == 1)
        #expect(try #require(server.observer).figures.map(\.count) == [1])
    }

    @Test("the wait for a turn is told from the work, and the slowest calls are kept with their trace")
    func waits() async throws {
        let server = try server()
        let client = try WireClient(server)
        client.send(Messages.call("hold", id: "1", modern: true))
        try await gate.waitForWaiters(1)
        client.send(Messages.call("hold", id: "2", modern: true))
        while server.features.tool(named: "hold")?.limiter?.snapshot.total.waiting != 1 { await Task.yield() }
        clock.advance(by: .seconds(2))
        gate.open()
        for id in 1...2 { _ = try await client.response(.number(JSONNumber(id))) }
        let figures = try #require(server.observer?.figures.first { $0.tool == "hold" })
        #expect(figures.waits.longest == .seconds(2) && figures.waits.shortest == .zero)
        #expect(figures.durations.shortest == .seconds(2))
        let slowest = try #require(server.observer).slowestCalls
        #expect(slowest.count == 2 && slowest.allSatisfy { $0.name == "hold" && $0.duration == .seconds(2) })
    }

    @Test("a call is a trace of its steps, in the trace that its request names, and the handler is inside")
    func spans() async throws {
        let meta = Messages.modernMeta.dropLast() + #","traceparent":"\#(Self.traceparent)"}"#
        let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"guarded","arguments":{},\#(meta)}}"#
        #expect(try await WireClient(try server()).request(call).text == "traced")
        let spans = tracer.finishedSpans
        let root = try #require(spans.first { $0.operationName == "tools/call guarded" })
        #expect(Set(spans.map(\.operationName)) == ["tools/call guarded", "wait exclusive", "wait concurrency", "handler", "write"])
        #expect(spans.allSatisfy { $0.traceID == root.traceID })
        #expect(spans.filter { $0.operationName != root.operationName }.allSatisfy { $0.parentSpanID == root.spanID })
        #expect(spans.allSatisfy { span in !"\(span.attributes)".contains("arguments") })
    }

    @Test("every step at which a call waits for a store or for another call is a span of it, and a cached answer has no handler")
    func waitingSpans() async throws {
        let server = try server { configuration in
            configuration.rateLimitStore = InMemoryRateLimitStore()
            configuration.tenantRateLimitStore = InMemoryRateLimitStore()
            configuration.leaseDuration = .seconds(600)
            configuration.tenants = TenantDirectory(TenantConfiguration(unknownTenants: .defaults))
        } more: {
            Tool("wide", inputSchema: Self.anything) { (_: RawJSON, _) in "" }
                .idempotent { $0["key"]?.string }.rate(RateLimit(5, per: .seconds(60))).exclusive(scope: .cluster) { _ in ["k"] }
            Tool("kept", inputSchema: Self.anything) { (_: RawJSON, _) in "" }.cache(ttl: .seconds(60))
            Tool("joined", inputSchema: Self.anything) { (_: RawJSON, _) in "" }.coalesce()
        }
        let client = try WireClient(server, principal: Principal(subject: "ann", tenant: "acme"))
        func steps(_ tool: String, _ id: String) async throws -> [String] {
            let before = tracer.finishedSpans.count
            _ = try await client.request(Messages.call(tool, #"{"key":"a"}"#, id: id, modern: true))
            while server.snapshot.callsInFlight > 0 { await Task.yield() }
            let spans = Array(tracer.finishedSpans.dropFirst(before))
            let root = try #require(spans.first { $0.operationName == "tools/call \(tool)" })
            #expect(spans.allSatisfy { $0.traceID == root.traceID })
            return spans.map(\.operationName).filter { $0 != root.operationName }
        }
        #expect(Set(try await steps("wide", "1")) == ["wait tenant", "wait idempotent", "wait rate", "wait exclusive", "wait lease", "wait admission", "handler", "write"])
        #expect(try await steps("wide", "2") == ["wait tenant", "wait idempotent", "write"])
        #expect(Set(try await steps("kept", "3")) == ["wait tenant", "wait cache", "wait admission", "handler", "write"])
        #expect(try await steps("kept", "4") == ["wait tenant", "wait cache", "write"])
        #expect(Set(try await steps("joined", "5")) == ["wait tenant", "wait coalesce", "wait admission", "handler", "write"])
    }

    /// A gate that takes its time, by the clock of the test.
    private struct SlowGate: RequestGate {
        let clock: ManualClock

        func decide(_ head: RequestHead) -> GateDecision {
            .later {
                clock.advance(by: .milliseconds(30))
                return .admit(Principal(subject: "ann", tenant: "acme"))
            }
        }
    }

    /// Sessions in memory that take their time to be read.
    private final class SlowSessions: SessionStore {
        private let base = InMemorySessionStore()
        private let clock: ManualClock
        init(clock: ManualClock) { self.clock = clock }

        func load(_ id: String) async throws -> SessionRecord? {
            clock.advance(by: .milliseconds(20))
            return try await base.load(id)
        }

        func save(_ record: SessionRecord) async throws { try await base.save(record) }
        func create(_ record: SessionRecord, within quota: SessionQuota) async throws -> Bool { try await base.create(record, within: quota) }
        func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool { try await base.replace(record, expecting: version) }
        func touch(_ id: String, at time: Int64) async throws { try await base.touch(id, at: time) }
        func remove(_ id: String) async throws { try await base.remove(id) }
        func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int {
            try await base.removeSessions(createdBefore: created, lastUsedBefore: used)
        }
        func count() async throws -> Int { try await base.count() }
    }

    @Test("what comes before a call is in its trace too: the credential, the tenant's gate, and bringing its session back from a store")
    func stepsBeforeTheCall() async throws {
        let sessions = SlowSessions(clock: clock)
        func instance() throws -> Server {
            try server { configuration in
                configuration.sessionStore = sessions
                configuration.tenants = TenantDirectory(TenantConfiguration(unknownTenants: .defaults))
            }
        }
        let (first, second) = (try instance(), try instance())
        let principal = Principal(subject: "ann", tenant: "acme")
        let id = try #require(await (try ExchangeProbe.post(Messages.initialize(), to: first, principal: principal)).response.headers.first { $0.name == "Mcp-Session-Id" }?.value)
        #expect(second.tracesSteps && tracer.finishedSpans.isEmpty)
        let headers = HeaderDictionary(["Mcp-Session-Id": id, "traceparent": Self.traceparent])
        // As a transport does: the gate first, then the message with what the gate has noted.
        let steps = RequestSteps()
        let tenants = try #require(second.tenants)
        var decision = TenantGate(after: SlowGate(clock: clock), states: tenants).decide(
            RequestHead(method: "POST", target: "/mcp", headers: headers, connection: Connection(kind: .http1), steps: steps))
        while case .later(let decide) = decision { decision = await decide() }
        guard case .admit(let admitted) = decision else { return #expect(Bool(false), "not let in") }
        var context = RequestContext(connection: Connection(kind: .http1), headers: headers, principal: admitted)
        context.steps = steps
        let probe = ExchangeProbe()
        guard case .single(let message) = try ScannedMessage.scanInput(Array(Messages.call("ok").utf8)) else { return }
        second.receive(Exchange(message: message, context: context, stream: probe))
        #expect(try await probe.body.text == "fine")
        let spans = tracer.finishedSpans
        let root = try #require(spans.first { $0.operationName == "tools/call ok" })
        #expect(Set(spans.map(\.operationName)) == ["tools/call ok", "credential", "tenant", "session restore", "wait admission", "handler", "write"])
        #expect(spans.allSatisfy { $0.traceID == root.traceID && ($0.spanID == root.spanID || $0.parentSpanID == root.spanID) })
        func took(_ name: String) -> UInt64? {
            spans.first { $0.operationName == name }.map { ($0.endInstant.nanosecondsSinceEpoch - $0.startInstant.nanosecondsSinceEpoch) / 1_000_000 }
        }
        #expect(took("credential") == 30 && took("tenant") == 0 && took("session restore") == 20)
        let credential = try #require(spans.first { $0.operationName == "credential" })
        #expect(root.startInstant.nanosecondsSinceEpoch == credential.startInstant.nanosecondsSinceEpoch, "the call began when its request came")
        // A session that is here need not be brought back, and a request whose transport times nothing has no gates.
        let before = tracer.finishedSpans.count
        #expect(await (try ExchangeProbe.post(Messages.call("ok", id: "2"), to: second, headers: ["Mcp-Session-Id": id], principal: principal)).response.status == 200)
        #expect(Set(tracer.finishedSpans.dropFirst(before).map(\.operationName)) == ["tools/call ok", "wait admission", "handler", "write"])
    }

    @Test("a gate that nobody traces is asked as it is, and one that waits is timed to its end")
    func timedGate() async {
        let gate = TimedGate("credential", SlowGate(clock: clock), clock: clock)
        let steps = RequestSteps()
        for steps in [nil, steps] {
            var decision = gate.decide(RequestHead(method: "POST", target: "/", headers: HeaderDictionary([:]), connection: Connection(kind: .http1), steps: steps))
            while case .later(let decide) = decision { decision = await decide() }
        }
        #expect(steps.all.map(\.name) == ["credential"] && steps.all.allSatisfy { $0.ended - $0.began == .milliseconds(30) })
        for _ in 0..<100 { steps.note("more", from: clock.now, to: clock.now) }
        #expect(steps.all.count == 16)
    }

    /// Sessions in memory, of which one cannot be read.
    private final class DamagedSessions: SessionStore {
        let base = InMemorySessionStore()
        let damaged = Mutex<Set<String>>([])
        /// Sessions whose records can be read, and then are none of ours.
        let garbled = Mutex<Set<String>>([])

        func load(_ id: String) async throws -> SessionRecord? {
            if damaged.withLock({ $0.contains(id) }) { throw StoreError(.corrupt, "not what this store writes") }
            var record = try await base.load(id)
            if garbled.withLock({ $0.contains(id) }) { record?.clientCapabilities = RawJSON([1, 2] as JSONValue) }
            return record
        }

        func save(_ record: SessionRecord) async throws { try await base.save(record) }
        func create(_ record: SessionRecord, within quota: SessionQuota) async throws -> Bool { try await base.create(record, within: quota) }
        func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool { try await base.replace(record, expecting: version) }
        func touch(_ id: String, at time: Int64) async throws { try await base.touch(id, at: time) }
        func remove(_ id: String) async throws { try await base.remove(id) }
        func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int {
            try await base.removeSessions(createdBefore: created, lastUsedBefore: used)
        }
        func count() async throws -> Int { try await base.count() }
    }

    @Test("a session whose record cannot be read is unknown, is counted, and is said once however often; others are served")
    func corruptRecords() async throws {
        let sessions = DamagedSessions()
        let log = LogMessages()
        func instance() throws -> Server {
            try server { configuration in
                configuration.sessionStore = sessions
                configuration.logger = log.logger
            }
        }
        let (first, second) = (try instance(), try instance())
        var ids: [String] = []
        for _ in 0..<3 {
            ids.append(try #require(await (try ExchangeProbe.post(Messages.initialize(), to: first)).response.headers.first { $0.name == "Mcp-Session-Id" }?.value))
        }
        sessions.damaged.withLock { $0 = [ids[0]] }
        sessions.garbled.withLock { $0 = [ids[1]] }
        func ping(_ id: String) async throws -> Int {
            await (try ExchangeProbe.post(Messages.request("ping"), to: second, headers: ["Mcp-Session-Id": id])).response.status
        }
        for id in ids[..<2] + ids[..<2] { #expect(try await ping(id) == 404) }
        #expect(try await ping(ids[2]) == 200)
        #expect(try metrics.expectCounter("interlock_store_corrupt_records_total", [("kind", "session")]).totalValue == 4)
        #expect(log.events == ["corrupt_record"])
        #expect(second.sessionSlots.snapshot.total.active == 1, "what was not restored holds no place")
    }

    @Test("without anybody who wants to know there is nothing to keep")
    func unobserved() throws {
        #expect(try Server(name: "s", version: "1") { Tool("ok") { (_: HandlerContext) in "fine" } }.observer == nil)
    }

    @Test("of the slowest calls so many a minute are kept, for five minutes")
    func slowest() {
        var calls = SlowestCalls()
        func record(_ milliseconds: Int, minute: Int64) -> Bool {
            let now = MonotonicTime(nanoseconds: minute * 60_000_000_000 + 1)
            guard calls.wants(.milliseconds(milliseconds), at: now) else { return false }
            calls.insert(CallRecord(operation: "tools/call", startedAt: 0, wait: .zero, duration: .milliseconds(milliseconds), outcome: .ok), at: now)
            return true
        }
        for duration in 1...100 { #expect(record(duration, minute: 0)) }
        #expect(!record(80, minute: 0))
        // What the threshold lets pass without the lock would not have been kept.
        let (within, next) = (MonotonicTime(nanoseconds: 2), MonotonicTime(nanoseconds: 60_000_000_000))
        let threshold = SlowestCallThreshold(word: calls.threshold.word)
        #expect(!threshold.mayWant(.milliseconds(80), at: within) && threshold.mayWant(.milliseconds(81), at: within))
        #expect(threshold.mayWant(.milliseconds(81) + .nanoseconds(1), at: within) && threshold.mayWant(.seconds(100_000), at: within))
        #expect(threshold.mayWant(.milliseconds(1), at: next) && SlowestCallThreshold.none.mayWant(.zero, at: within))
        #expect(SlowestCalls().threshold == .none)
        let now = MonotonicTime(nanoseconds: 1)
        #expect(calls.all(at: now).map(\.duration) == (81...100).reversed().map { .milliseconds($0) })
        for minute in 1...9 { #expect(record(5, minute: Int64(minute))) }
        #expect(calls.all(at: MonotonicTime(nanoseconds: 9 * 60_000_000_000 + 2)).count == 5)
    }
}
