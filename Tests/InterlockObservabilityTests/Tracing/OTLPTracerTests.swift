import Instrumentation
import InterlockConcurrency
import InterlockJSON
@testable import InterlockObservability
import InterlockSimulation
import Synchronization
import Testing
import Tracing

@Suite("The tracer", .timeLimit(.minutes(5)))
struct OTLPTracerTests {
    struct Instant: TracerInstant {
        var nanosecondsSinceEpoch: UInt64
        static func < (left: Instant, right: Instant) -> Bool { left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch }
    }

    final class Sink: SpanSink {
        let bodies = Mutex<[[UInt8]]>([])
        func export(_ body: [UInt8]) async throws { bodies.withLock { $0.append(body) } }
    }

    struct Headers: Injector, Extractor {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    }

    private func tracer(_ configuration: OTLPConfiguration = .init(), sink: Sink = Sink()) -> OTLPTracer {
        OTLPTracer(
            resource: OTLPResource(serviceName: "files"), configuration: configuration, scopeVersion: "1", sink: sink, clock: ManualClock(),
            random: RandomSource(SeededRandom(seed: 1)))
    }

    @Test("writes a span in the JSON of OTLP, field by field")
    func encoding() throws {
        let encoding = OTLPEncoding(resource: OTLPResource(serviceName: "files"), scopeVersion: "1", limits: SpanLimits(textBytes: 5))
        var parent = try #require(TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "a=1"))
        parent.isRemote = true
        var context = parent
        context.spanID = try #require(SpanID(0x0102_0304_0506_0708))
        var linked = ServiceContext.topLevel
        linked.traceContext = parent
        let record = SpanRecord(
            context: context, parent: parent, name: "tools/call", kind: .server, start: 1_767_225_600_000_000_001, end: 1_767_225_600_000_000_002,
            attributes: ["i": 9_007_199_254_740_993, "d": 0.5, "b": true, "s": "abcdefg", "n": .double(.nan), "a": .int64Array([1, 2])],
            events: [SpanEvent(name: "e", at: Instant(nanosecondsSinceEpoch: 5))], droppedEvents: 2,
            links: [SpanLink(context: linked, attributes: [:])], status: SpanStatus(code: .error, message: "no"))
        let text = String(decoding: encoding.request([record]), as: UTF8.self)
        #expect(
            text == #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"files"}}]},"#
                + #""scopeSpans":[{"scope":{"name":"interlock","version":"1"},"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","#
                + #""spanId":"0102030405060708","traceState":"a=1","parentSpanId":"b7ad6b7169203331","flags":769,"name":"tools/call","kind":2,"#
                + #""startTimeUnixNano":"1767225600000000001","endTimeUnixNano":"1767225600000000002","attributes":["#
                + #"{"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},{"intValue":"2"}]}}},{"key":"b","value":{"boolValue":true}},"#
                + #"{"key":"d","value":{"doubleValue":0.5}},{"key":"i","value":{"intValue":"9007199254740993"}},"#
                + #"{"key":"n","value":{"doubleValue":"NaN"}},{"key":"s","value":{"stringValue":"abcde"}}],"#
                + #""events":[{"timeUnixNano":"5","name":"e"}],"droppedEventsCount":2,"#
                + #""links":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","traceState":"a=1","flags":769}],"#
                + #""status":{"message":"no","code":2}}]}]}]}"#)
        #expect(try JSONValue(parsing: text)["resourceSpans"]?[0]?["scopeSpans"]?[0]?["spans"]?[0]?["kind"]?.int == 2)
    }

    @Test("carries context in and out, and puts children under their parents")
    func propagation() throws {
        let tracer = tracer()
        var context = ServiceContext.topLevel
        let headers = ["traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "a=1", "baggage": "k=v"]
        tracer.extract(headers, into: &context, using: Headers())
        let span = tracer.startSpan("x", context: context)
        #expect(span.context.traceContext?.traceID.description == "0af7651916cd43dd8448eb211c80319c")
        #expect(span.isRecording)
        var sent: [String: String] = [:]
        tracer.inject(span.context, into: &sent, using: Headers())
        #expect(sent["traceparent"]?.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") == true && sent["traceparent"] != headers["traceparent"])
        #expect(sent["tracestate"] == "a=1" && sent["baggage"] == "k=v")
        var bad = ServiceContext.topLevel
        tracer.extract(["traceparent": "nonsense", "tracestate": "a=1"], into: &bad, using: Headers())
        #expect(bad.traceContext == nil)
    }

    @Test("records nothing of an unsampled trace, and hands on its context unsampled")
    func unsampled() {
        let tracer = tracer(.init(sampler: .parentBased(root: .never)))
        let root = tracer.startSpan("x", context: .topLevel)
        let child = tracer.startSpan("y", context: root.context)
        #expect(!root.isRecording && !child.isRecording)
        #expect(child.context.traceContext == root.context.traceContext && root.context.traceContext?.isSampled == false)
        child.end()
        root.end()
        #expect(tracer.snapshot.offered == 0)
    }

    @Test("ends once, changes no more afterwards, and keeps the text of errors to itself unless told")
    func ending() async throws {
        let sink = Sink()
        let tracer = tracer(sink: sink)
        struct SecretError: Error, CustomStringConvertible { var description: String { "token=hunter2" } }
        let span = tracer.startSpan("x", context: .topLevel)
        span.recordError(SecretError())
        span.end()
        span.end()
        span.attributes = ["late": 1]
        #expect(tracer.snapshot.offered == 1)
        tracer.beginShutdown()
        await tracer.run()
        #expect(tracer.snapshot.delivered == 1)
        let text = String(decoding: sink.bodies.withLock { $0[0] }, as: UTF8.self)
        #expect(text.contains("SecretError") && !text.contains("hunter2") && !text.contains("late"))
    }

    @Test("drops the newest when its queue is full, without waiting")
    func full() {
        let tracer = tracer(.init(delivery: .init(capacity: 3)))
        for _ in 0..<5 { tracer.startSpan("x", context: .topLevel).end() }
        #expect(tracer.snapshot.waiting == 3 && tracer.snapshot.dropped == 2)
    }
}
