import CoreMetrics
import InterlockConcurrency
import InterlockProtocol
import InterlockTransport
import Synchronization
import Tracing

/// What a server tells of its calls: figures, metrics, traces, the slowest. There is none unless somebody wants to know.
final class ServerObserver: Sendable {
    private struct Key: Hashable {
        var operation: String
        var tool: String?
    }

    let tracer: (any Tracer)?
    let clock: any SchedulingClock
    let tenants: TenantInstruments
    private let factory: (any MetricsFactory)?
    // interlock:allow unbounded-growth because there is one for each method and each tool the server offers
    private let operations = Mutex<[Key: OperationInstruments]>([:])
    private let slowest = Mutex(SlowestCalls())
    /// Of ``slowest``, for calls that are far from it: they take no lock.
    private let slowestThreshold = Atomic(SlowestCallThreshold.none.word)
    private let refusals: [Counter]
    private let requestBytes: Counter?
    private let responseBytes: Counter?

    /// Why calls are refused, as metrics call it.
    private static let reasons = ["queue_full", "deadline", "rate", "breaker", "shutdown", "other"]

    /// `nil` if nobody wants to know.
    init?(_ configuration: ServerConfiguration) {
        guard configuration.isObserved || configuration.metrics != nil || configuration.tracer != nil else { return nil }
        let factory = configuration.metrics
        self.factory = factory
        tracer = configuration.tracer
        clock = configuration.clock
        tenants = TenantInstruments(factory: factory)
        refusals = factory.map { factory in
            Self.reasons.map { Counter(label: "interlock_refusals_total", dimensions: [("reason", $0)], factory: factory) }
        } ?? []
        requestBytes = factory.map { Counter(label: "interlock_request_bytes_total", factory: $0) }
        responseBytes = factory.map { Counter(label: "interlock_response_bytes_total", factory: $0) }
    }

    /// A call has come.
    func begin(_ request: IncomingRequest, name: String?) -> CallObservation {
        requestBytes?.increment(by: request.byteCount)
        let span = tracer.map { startSpan($0, request, name) }
        return CallObservation(began: clock.now, name: name, span: span)
    }

    /// A call has been answered, or will not be.
    func end(_ observation: CallObservation, _ request: IncomingRequest, _ outcome: CallOutcome, responseBytes count: Int) {
        let now = clock.now
        let duration = now - observation.began
        let wait = observation.wait
        let tool = request.method == Method.toolsCall ? observation.name : nil
        instruments(Key(operation: request.method, tool: tool)).record(outcome, duration: duration, wait: wait)
        if let tenant = request.caller.principal?.tenant { tenants.record(outcome, tenant: tenant, now: now) }
        responseBytes?.increment(by: count)
        if let span = observation.span {
            span.attributes["interlock.outcome"] = outcome.rawValue
            if outcome != .ok { span.setStatus(SpanStatus(code: .error, message: outcome.rawValue)) }
            span.end()
        }
        guard SlowestCallThreshold(word: slowestThreshold.load(ordering: .relaxed)).mayWant(duration, at: now),
            slowest.withLock({ $0.wants(duration, at: now) })
        else { return }
        let record = CallRecord(
            operation: request.method, name: observation.name, tenant: request.caller.principal?.tenant,
            startedAt: clock.wallTime - duration.wholeMilliseconds, wait: wait ?? .zero, duration: duration, outcome: outcome,
            traceID: observation.span.flatMap { span in tracer.flatMap { TraceIdentity.of(span, $0) } } ?? TraceIdentity.named(by: request))
        slowest.withLock { slowest in
            slowest.insert(record, at: now)
            // Within the lock: of two that insert, the later one's stays.
            slowestThreshold.store(slowest.threshold.word, ordering: .relaxed)
        }
    }

    /// A request that was answered on the spot.
    func answered(_ operation: String, _ outcome: CallOutcome, since began: MonotonicTime) {
        instruments(Key(operation: operation, tool: nil)).record(outcome, duration: clock.now - began, wait: nil)
    }

    /// A call was refused.
    func refused(_ code: AcquireError.Code) {
        guard !refusals.isEmpty else { return }
        let reason = switch code {
        case .queueFull: 0
        case .deadlineExceeded: 1
        case .rateLimited: 2
        case .circuitOpen: 3
        case .shutDown: 4
        default: 5
        }
        refusals[reason].increment()
    }

    var figures: [OperationFigures] {
        operations.withLock { Array($0.values) }.map(\.figures).sorted { ($0.operation, $0.tool ?? "") < ($1.operation, $1.tool ?? "") }
    }

    var slowestCalls: [CallRecord] {
        let now = clock.now
        return slowest.withLock { $0.all(at: now) }
    }

    private func instruments(_ key: Key) -> OperationInstruments {
        operations.withLock { operations in
            if let known = operations[key] { return known }
            let made = OperationInstruments(operation: key.operation, tool: key.tool, factory: factory)
            operations[key] = made
            return made
        }
    }

    // MARK: Traces

    private func startSpan(_ tracer: some Tracer, _ request: IncomingRequest, _ name: String?) -> any Span {
        // Of a batch the first message has what came before it.
        let steps = request.caller.context.isFurtherOfBatch ? [] : request.caller.context.steps?.all ?? []
        let title = [request.method, name].compactMap(\.self).joined(separator: " ")
        let carrier = TraceCarrier(meta: request.meta, headers: request.caller.context.headers)
        let span = RequestTrace.start(tracer, title, from: carrier, steps: steps, clock: clock)
        // By the names of OpenTelemetry's conventions for MCP where there are any; ids and names only, never arguments.
        span.attributes["mcp.method.name"] = request.method
        if let name { span.attributes["gen_ai.tool.name"] = name }
        span.attributes["mcp.protocol.version"] = request.caller.revision.rawValue
        if let session = request.caller.session { span.attributes["mcp.session.number"] = Int64(session.number) }
        if let tenant = request.caller.principal?.tenant { span.attributes["interlock.tenant"] = tenant }
        return span
    }
}
