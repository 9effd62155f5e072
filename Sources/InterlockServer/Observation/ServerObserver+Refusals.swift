import InterlockTransport
import Tracing

// Requests that are refused by their head never become calls; where somebody traces they are traces of their own.
extension ServerObserver {
    /// A request was refused by its head: one span in the trace that its header names, with the steps of the gates inside.
    ///
    /// Every value is one of few: whoever is refused may send what it likes, as often as it likes.
    func refused(_ head: RequestHead, with response: OutboundResponse) {
        guard let tracer else { return }
        trace(tracer, head, response)
    }

    private func trace(_ tracer: some Tracer, _ head: RequestHead, _ response: OutboundResponse) {
        let span = RequestTrace.start(tracer, "refused", from: TraceCarrier(headers: head.headers), steps: head.steps?.all ?? [], clock: clock)
        let refusal = head.steps?.refusal ?? RequestSteps.Refusal(gate: "other", reason: "unknown")
        span.attributes["http.request.method"] = Self.methods.contains(head.method) ? head.method : "_OTHER"
        span.attributes["http.response.status_code"] = Int64(response.status)
        span.attributes["interlock.gate"] = refusal.gate
        span.attributes["interlock.reason"] = refusal.reason
        span.setStatus(SpanStatus(code: .error, message: refusal.reason))
        span.end()
    }

    /// The methods that something is served for; all others are one (OpenTelemetry, HTTP spans).
    private static let methods: Set<String> = ["GET", "POST", "DELETE", "OPTIONS", "HEAD", "PUT", "PATCH"]
}
