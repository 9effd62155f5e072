import InterlockConcurrency
import InterlockProtocol
import InterlockTransport
import Tracing

/// The span of a request in the trace that it names, with the steps that came before anybody knew what it asks for.
enum RequestTrace {
    /// Starts the span when the first of the steps began, or now; the steps are spans of it, and over.
    static func start(_ tracer: some Tracer, _ title: String, from carrier: TraceCarrier, steps: [RequestSteps.Step], clock: any SchedulingClock) -> any Span {
        var context = ServiceContext.topLevel
        tracer.extract(carrier, into: &context, using: TraceCarrier.Reader())
        let instants = StepInstants(clock)
        let span = tracer.startSpan(title, context: context, ofKind: .server, at: instants.of(steps.map(\.began).min()))
        for step in steps {
            tracer.startSpan(step.name, context: span.context, ofKind: .internal, at: instants.of(step.began)).end(at: instants.of(step.ended))
        }
        return span
    }
}

/// Where a request carries its trace: `_meta` (2026-07-28), else the header fields of the same names.
struct TraceCarrier: Sendable {
    /// `nil` where the body was not read.
    var meta: RequestMeta?
    var headers: (any HeaderFields)?

    struct Reader: Extractor {
        func extract(key: String, from carrier: TraceCarrier) -> String? {
            let (meta, headers) = (carrier.meta, carrier.headers)
            return switch key.lowercased() {
            case "traceparent": meta?.traceparent ?? headers?.first("traceparent")
            case "tracestate": meta?.tracestate ?? headers?.first("tracestate")
            case "baggage": meta?.baggage ?? headers?.first("baggage")
            default: headers?.first(key)
            }
        }
    }
}
