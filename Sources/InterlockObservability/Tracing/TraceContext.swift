public import Instrumentation

/// Which trace and which span a piece of work belongs to: what travels between processes. W3C Trace Context.
public struct TraceContext: Sendable, Hashable {
    /// The trace.
    public var traceID: TraceID
    /// The span: of whoever sent the context, or the present one.
    public var spanID: SpanID
    /// Whether the caller records the trace, by the flag `sampled`.
    public var isSampled: Bool
    /// What the tracing systems on the way want to know again.
    public var state: TraceState
    /// Whether it came from another process.
    public var isRemote: Bool

    /// Makes a context.
    public init(traceID: TraceID, spanID: SpanID, isSampled: Bool, state: TraceState = TraceState(), isRemote: Bool = false) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.state = state
        self.isRemote = isRemote
    }

    /// Reads what another process sent.
    ///
    /// - Parameters:
    ///   - traceparent: The version, the ids and the flags, to the letter of §3.2: any slip and the whole context is refused,
    ///     so that a new trace begins. Of later versions than 00 the known part is read.
    ///   - tracestate: Left out without harm to the rest when it breaks the rules of §3.3.
    public init?(traceparent: String, tracestate: String? = nil) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D,
            let version = HexDigits.number(bytes[0..<2]), version != 0xFF,
            let high = HexDigits.number(bytes[3..<19]), let low = HexDigits.number(bytes[19..<35]), let traceID = TraceID(high: high, low: low),
            let span = HexDigits.number(bytes[36..<52]), let spanID = SpanID(span),
            let flags = HexDigits.number(bytes[53..<55]),
            bytes.count == 55 || version > 0 && bytes[55] == 0x2D
        else { return nil }
        self.init(
            traceID: traceID, spanID: spanID, isSampled: flags & 1 == 1, state: tracestate.flatMap(TraceState.init(parsing:)) ?? TraceState(),
            isRemote: true)
    }

    /// The header that tells another process, in version 00.
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }
}

private enum TraceContextKey: ServiceContextKey {
    typealias Value = TraceContext
    static var nameOverride: String? { "trace-context" }
}

extension ServiceContext {
    /// The trace and span of the work that carries this context; `nil` when it belongs to none.
    public var traceContext: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}
