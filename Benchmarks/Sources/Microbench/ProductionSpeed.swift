import CAllocationCount
import CoreMetrics
import InterlockAuthorization
import InterlockConcurrency
import InterlockObservability
import InterlockServer
import InterlockTransport
import Logging
import Measuring
import Tracing

/// What a server in production does for every call beside the call: gates, metrics, spans. Nanoseconds and allocations of each, alone and uncontended.
struct ProductionSpeed {
    func measure(count: Int) async throws -> Figures {
        var figures = Figures()
        try await gates(count, &figures)
        metrics(count, &figures)
        spans(&figures)
        return figures
    }

    private func gates(_ count: Int, _ figures: inout Figures) async throws {
        let quiet = Logger(label: "production") { _ in SwiftLogNoOpLogHandler() }
        var random = SystemRandomNumberGenerator()
        let key = try APIKey.generate(id: "bench", using: &random)
        let table = try APIKeyTable([APIKeyEntry(id: key.id, hash: key.hash, subject: "bench", tenant: "acme")])
        let gate = try AuthorizationGate(verifiers: [APIKeyVerifier(table), VerifiedOnce()], configuration: AuthorizationGateConfiguration(), logger: quiet)
        // As long as a signed token is; verified once, and from then on known by its digest.
        let bearer = Self.head(authorization: "Bearer eyJhbGciOiJFUzI1NiJ9." + String(repeating: "x", count: 700))
        guard case .later(let verify) = gate.decide(bearer), case .admit = await verify() else { throw MeasuringError("a token that is new was not verified") }
        try measure("cachedBearer", count, &figures) {
            guard case .admit = gate.decide(bearer) else { throw MeasuringError("a token that was verified is not known") }
        }
        let apiKey = Self.head(authorization: "Bearer \(key.text)")
        try measure("apiKey", count, &figures) {
            guard case .admit = gate.decide(apiKey) else { throw MeasuringError("the key was refused") }
        }
        var policy = TenantPolicy()
        policy.rateLimits = [RateLimit(1_000_000_000, per: .seconds(1))]
        let states = TenantStates(directory: TenantDirectory(TenantConfiguration(tenants: ["acme": policy])))
        let tenants = TenantGate(after: gate, states: states)
        try measure("tenantAfterCachedBearer", count, &figures) {
            guard case .admit = tenants.decide(bearer) else { throw MeasuringError("the tenant was refused") }
        }
    }

    private func metrics(_ count: Int, _ figures: inout Figures) {
        let registry = MetricsRegistry()
        let counter = CoreMetrics.Counter(label: "calls", dimensions: [("tool", "echo"), ("outcome", "ok")], factory: registry)
        measure("counter", count, &figures) { counter.increment() }
        let timer = CoreMetrics.Timer(label: "duration", dimensions: [("tool", "echo")], factory: registry)
        var duration: Int64 = 1
        measure("histogram", count, &figures) {
            duration = (duration &* 6_364_136_223_846_793_005 &+ 1) & 0xFF_FFFF
            timer.recordNanoseconds(duration)
        }
    }

    /// A span with the attributes of a call. Recorded ones end in the queue of an exporter, which must not become full meanwhile.
    private func spans(_ figures: inout Figures) {
        let room = 20_000
        for (name, sampler) in [("spanNotSampled", TraceSampler.never), ("spanRecorded", .always)] {
            let tracer = OTLPTracer(
                resource: OTLPResource(serviceName: "bench"), configuration: OTLPConfiguration(sampler: sampler, delivery: OutboxConfiguration(capacity: room)), sink: NoCollector())
            measure(name, room - 1_000, &figures) {
                let span = tracer.startSpan("tools/call echo", context: .topLevel, ofKind: .server)
                span.attributes["mcp.method.name"] = "tools/call"
                span.attributes["gen_ai.tool.name"] = "echo"
                span.attributes["mcp.protocol.version"] = "2026-07-28"
                span.attributes["interlock.outcome"] = "ok"
                span.end()
            }
        }
    }

    /// The fastest of five passes, as the least disturbed one, and the allocations of all.
    private func measure<Failure: Error>(_ name: String, _ count: Int, _ figures: inout Figures, _ body: () throws(Failure) -> Void) throws(Failure) {
        for _ in 0..<count / 50 { try body() }
        var best = Double.infinity
        let allocations = allocation_count()
        for _ in 0..<5 {
            let began = nanoseconds()
            for _ in 0..<count / 5 { try body() }
            best = min(best, Double(nanoseconds() - began) / Double(count / 5))
        }
        figures.set("\(name)Allocations", Double(allocation_count() - allocations) / Double(count / 5 * 5))
        figures.set("\(name)Nanoseconds", best)
    }

    private static func head(authorization: String) -> RequestHead {
        let fields = [
            ("Host", "127.0.0.1:8080"), ("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"),
            ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "echo"), ("Authorization", authorization), ("Content-Length", "200"),
        ]
        return RequestHead(method: "POST", target: "/mcp", headers: ListedFields(all: fields.map { (name: $0, value: $1) }), connection: Connection(kind: .inMemory))
    }
}

/// Header fields one after the other, as they came.
private struct ListedFields: HeaderFields {
    let all: [(name: String, value: String)]

    func first(_ name: String) -> String? {
        all.first { $0.name.utf8.count == name.utf8.count && zip($0.name.utf8, name.utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 } }?.value
    }
}

/// Verifies every token, with an answer that may be remembered.
private struct VerifiedOnce: CredentialVerifier {
    func recognizes(_ credential: Credential) -> Bool { true }

    func verify(_ credential: Credential) async -> Verification {
        .verified(VerifiedCredential(principal: Principal(subject: "bench", issuer: "bench", tenant: "acme", scopes: []), expiresAt: nil, keepFor: .seconds(300)))
    }
}

/// A collector that is never sent anything, because nobody runs the tracer.
private struct NoCollector: SpanSink {
    func export(_ body: [UInt8]) async throws {}
}
