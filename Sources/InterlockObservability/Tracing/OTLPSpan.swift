public import Instrumentation
import Synchronization
public import Tracing

/// A span of an ``OTLPTracer``: recorded, or a mere place in its trace.
///
/// One that is not recorded keeps nothing and costs nothing but its context. Copies are the same span. Safe from any
/// thread; after ``end(at:)`` it changes no more.
public struct OTLPSpan: Span {
    /// The part that several copies share.
    final class Recording: Sendable {
        let limits: SpanLimits
        let recordsErrorMessages: Bool
        let onEnd: @Sendable (SpanRecord) -> Void
        /// `nil` once the span has ended.
        let record: Mutex<SpanRecord?>

        init(_ record: SpanRecord, limits: SpanLimits, recordsErrorMessages: Bool, onEnd: @escaping @Sendable (SpanRecord) -> Void) {
            self.record = Mutex(record)
            self.limits = limits
            self.recordsErrorMessages = recordsErrorMessages
            self.onEnd = onEnd
        }
    }

    public let context: ServiceContext
    let recording: Recording?

    public var isRecording: Bool { recording?.record.withLock { $0 != nil } ?? false }

    /// The name; empty for a span that is not recorded or has ended.
    public var operationName: String {
        get { recording?.record.withLock { $0?.name } ?? "" }
        nonmutating set { recording?.record.withLock { $0?.name = newValue } }
    }

    /// The attributes; empty for a span that is not recorded or has ended.
    public var attributes: SpanAttributes {
        get { recording?.record.withLock { $0?.attributes } ?? [:] }
        nonmutating set { recording?.record.withLock { $0?.attributes = newValue } }
    }

    public func setStatus(_ status: SpanStatus) {
        recording?.record.withLock { $0?.status = status }
    }

    public func addEvent(_ event: SpanEvent) {
        guard let recording else { return }
        recording.record.withLock { record in
            guard let count = record?.events.count else { return }
            if count < recording.limits.events { record?.events.append(event) } else { record?.droppedEvents += 1 }
        }
    }

    public func addLink(_ link: SpanLink) {
        guard let recording else { return }
        recording.record.withLock { record in
            guard let count = record?.links.count else { return }
            if count < recording.limits.links { record?.links.append(link) } else { record?.droppedLinks += 1 }
        }
    }

    /// Records an event `exception` with the error's type; with its text only if the tracer was told so, since it may hold anything.
    public func recordError<Instant: TracerInstant>(_ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant) {
        guard let recording else { return }
        var attributes = attributes
        attributes.set("exception.type", value: .string(String(describing: type(of: error))))
        if recording.recordsErrorMessages { attributes.set("exception.message", value: .string(String(describing: error))) }
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    /// Ends the span and hands it over for export; the second time does nothing.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard let recording else { return }
        let ended = recording.record.withLock { record in
            let ended = record
            record = nil
            return ended
        }
        guard var ended else { return }
        // A wall clock may have been set back meanwhile: a span never ends before it starts.
        ended.end = max(ended.start, instant().nanosecondsSinceEpoch)
        recording.onEnd(ended)
    }
}
