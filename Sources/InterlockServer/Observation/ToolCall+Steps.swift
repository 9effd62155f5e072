import InterlockConcurrency
import InterlockProtocol
import Synchronization
import Tracing

// The steps of a call's path as spans of its trace; without a tracer they cost one look.
extension ToolCall {
    /// Runs one step as a span; what runs inside sees the step as its parent.
    func step<Result>(_ name: String, _ body: nonisolated(nonsending) () async throws -> Result) async throws -> Result {
        guard let span = beginStep(name) else { return try await body() }
        defer { span.end() }
        do {
            return try await ServiceContext.$current.withValue(span.context) { try await body() }
        } catch {
            span.setStatus(SpanStatus(code: .error))
            throw error
        }
    }

    /// Begins a wait that ends once: where what was waited for begins, or with the wait itself; `nil` if the call is not traced.
    func beginWait(_ name: String) -> OpenWait? { beginStep(name).map(OpenWait.init) }

    /// Begins a span for a step that ends elsewhere; `nil` if the call is not traced.
    func beginStep(_ name: String) -> (any Span)? {
        guard let parent = call.observation?.span, let tracer = call.server.observer?.tracer else { return nil }
        return Self.begin(tracer, name, ServiceContext.current ?? parent.context)
    }

    private static func begin(_ tracer: some Tracer, _ name: String, _ context: ServiceContext) -> any Span {
        tracer.startSpan(name, context: context, ofKind: .internal)
    }
}

extension ActiveCall {
    /// Writes the answer, as a step of the call.
    func writing<Body>(_ write: () -> Body) -> Body {
        guard let parent = observation?.span, let tracer = server.observer?.tracer else { return write() }
        let span = Self.begin(tracer, parent.context)
        defer { span.end() }
        return write()
    }

    private static func begin(_ tracer: some Tracer, _ context: ServiceContext) -> any Span {
        tracer.startSpan("write", context: context, ofKind: .internal)
    }
}

/// Times of the server's clock as tracers want them: nanoseconds since the Unix epoch, by the tracer's own clock now.
struct StepInstants {
    private let now: MonotonicTime
    private let wall = DefaultTracerClock.now

    init(_ clock: any SchedulingClock) { now = clock.now }

    /// - Parameter time: not after now; `nil` is now.
    func of(_ time: MonotonicTime?) -> DefaultTracerClock.Timestamp {
        let age = max(0, now.nanoseconds - (time ?? now).nanoseconds)
        return DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: wall.nanosecondsSinceEpoch - min(wall.nanosecondsSinceEpoch, UInt64(age)))
    }
}

/// The span of a wait. A span is ended once, so the first end counts.
final class OpenWait: Sendable {
    private let span: any Span
    private let isOver = Atomic(false)

    init(_ span: any Span) { self.span = span }

    func end() {
        if !isOver.exchange(true, ordering: .relaxed) { span.end() }
    }
}
