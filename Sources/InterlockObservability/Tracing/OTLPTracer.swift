public import Instrumentation
public import InterlockConcurrency
public import Tracing

/// A backend of swift-distributed-tracing that sends its spans to an OpenTelemetry collector, as OTLP/HTTP in JSON.
///
/// ```swift
/// let tracer = OTLPTracer(resource: OTLPResource(serviceName: "files"), sink: sink)
/// InstrumentationSystem.bootstrap(tracer)
/// await tracer.run()
/// ```
///
/// Context comes and goes by `traceparent`, `tracestate` and `baggage`. A span that is not recorded has no id of its own:
/// below it, its nearest ancestor's context travels on, unsampled.
/// **Never in the way.** Ending a span puts it in a bounded queue; a full one drops the newest, counted in ``snapshot``.
/// **Shutdown.** ``beginShutdown()`` sends what is left until the grace is over, then ``run()`` returns. What ends later is dropped.
public final class OTLPTracer: Tracer {
    private let configuration: OTLPConfiguration
    private let ids: TraceIDSource
    private let outbox: Outbox<SpanRecord>
    private let onEnd: @Sendable (SpanRecord) -> Void

    /// Makes a tracer that keeps what it records until ``run()``.
    ///
    /// - Parameters:
    ///   - scopeVersion: The version of this software, in each export.
    ///   - random: Where ids come from, and the jitter of waits.
    ///   - onLoss: Is told how many spans were given up after they had been queued, and the last error if there was one. Must be short.
    public init(
        resource: OTLPResource, configuration: OTLPConfiguration = .init(), scopeVersion: String = "", sink: any SpanSink,
        clock: any SchedulingClock = SystemClock.shared, random: RandomSource = .system, onLoss: @escaping @Sendable (Int, (any Error)?) -> Void = { _, _ in }
    ) {
        self.configuration = configuration
        ids = TraceIDSource(seededFrom: random)
        let encoding = OTLPEncoding(resource: resource, scopeVersion: scopeVersion, limits: configuration.limits)
        let outbox = Outbox<SpanRecord>(
            configuration.delivery, clock: clock, random: random, send: { try await sink.export(encoding.request($0)) }, onLoss: onLoss)
        self.outbox = outbox
        onEnd = { outbox.offer($0) }
    }

    /// Exports until the shutdown or the task's cancellation, which gives up what is left. Must be called once.
    public func run() async { await outbox.run() }

    /// Begins the shutdown. Returns at once; ``run()`` returns when it is over.
    public func beginShutdown() { outbox.beginShutdown() }

    /// What has become of the spans that ended.
    public var snapshot: OutboxSnapshot { outbox.snapshot }

    /// Exports what waits without waiting for more. Returns at once.
    public func forceFlush() { outbox.flush() }

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind, at instant: @autoclosure () -> Instant,
        function: String, file fileID: String, line: UInt
    ) -> OTLPSpan {
        var context = context()
        let parent = context.traceContext
        let trace: TraceContext
        if let parent {
            guard configuration.sampler.isSampled(parent.traceID, parent: parent) else {
                if parent.isSampled { context.traceContext?.isSampled = false }
                return OTLPSpan(context: context, recording: nil)
            }
            trace = TraceContext(traceID: parent.traceID, spanID: ids.spanID(), isSampled: true, state: parent.state)
            context.traceContext = trace
        } else {
            let (traceID, spanID) = ids.trace()
            trace = TraceContext(traceID: traceID, spanID: spanID, isSampled: configuration.sampler.isSampled(traceID, parent: nil))
            context.traceContext = trace
            guard trace.isSampled else { return OTLPSpan(context: context, recording: nil) }
        }
        let record = SpanRecord(
            context: trace, parent: parent, name: operationName, kind: kind, start: instant().nanosecondsSinceEpoch)
        return OTLPSpan(
            context: context,
            recording: OTLPSpan.Recording(
                record, limits: configuration.limits, recordsErrorMessages: configuration.recordsErrorMessages, onEnd: onEnd))
    }

    /// Reads the context another process sent. What is malformed is left out; without a good `traceparent` a new trace begins.
    public func extract<Carrier, Extract>(_ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract)
    where Extract: Extractor, Extract.Carrier == Carrier {
        if let traceparent = extractor.extract(key: "traceparent", from: carrier) {
            let state = extractor.extract(key: "tracestate", from: carrier)
            if let trace = TraceContext(traceparent: traceparent, tracestate: state) { context.traceContext = trace }
        }
        if let header = extractor.extract(key: "baggage", from: carrier) {
            let baggage = TraceBaggage(parsing: header)
            if !baggage.entries.isEmpty { context.baggage = baggage }
        }
    }

    /// Writes the context for another process.
    public func inject<Carrier, Inject>(_ context: ServiceContext, into carrier: inout Carrier, using injector: Inject)
    where Inject: Injector, Inject.Carrier == Carrier {
        if let trace = context.traceContext {
            injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
            if !trace.state.entries.isEmpty { injector.inject(trace.state.header, forKey: "tracestate", into: &carrier) }
        }
        if let header = context.baggage?.header, !header.isEmpty { injector.inject(header, forKey: "baggage", into: &carrier) }
    }
}
