import Tracing

/// All that is recorded of a span, and exported when it has ended.
struct SpanRecord: Sendable {
    var context: TraceContext
    var parent: TraceContext?
    var name: String
    var kind: SpanKind
    /// Nanoseconds since the Unix epoch.
    var start: UInt64
    var end: UInt64 = 0
    var attributes: SpanAttributes = [:]
    var events: [SpanEvent] = []
    var droppedEvents = 0
    var links: [SpanLink] = []
    var droppedLinks = 0
    var status: SpanStatus?
}
