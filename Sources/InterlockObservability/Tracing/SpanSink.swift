/// Where spans are sent: somebody who posts a body to the `/v1/traces` of a collector.
public protocol SpanSink: Sendable {
    /// Posts one `ExportTraceServiceRequest` in OTLP/JSON, as `application/json`.
    ///
    /// Called by one task at a time. Must end soon after its task is cancelled, and throw whenever the collector did not
    /// answer with success; the same body is then posted again, some time later, as often as the tracer's configuration says.
    func export(_ body: [UInt8]) async throws
}
