import InterlockJSON
import Tracing

/// Spans as an `ExportTraceServiceRequest` in the JSON of OTLP 1: proto3's mapping, but ids in hexadecimal and enumerations as numbers.
///
/// 64-bit integers are strings, as are the numbers that JSON lacks. Fields of a default value are left out; attributes come
/// sorted by key, so equal spans are equal texts.
struct OTLPEncoding: Sendable {
    static let scopeName = "interlock"

    var resource: OTLPResource
    var scopeVersion: String
    var limits: SpanLimits

    func request(_ spans: [SpanRecord]) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 512 + 512 * spans.count)
        json.beginObject()
        json.key("resourceSpans")
        json.beginArray()
        json.beginObject()
        json.key("resource")
        json.beginObject()
        write(resource.attributes, into: &json)
        json.endObject()
        json.key("scopeSpans")
        json.beginArray()
        json.beginObject()
        json.key("scope")
        json.beginObject()
        json.key("name")
        json.string(Self.scopeName)
        if !scopeVersion.isEmpty {
            json.key("version")
            json.string(scopeVersion)
        }
        json.endObject()
        json.key("spans")
        json.beginArray()
        for span in spans { write(span, into: &json) }
        json.endArray()
        json.endObject()
        json.endArray()
        json.endObject()
        json.endArray()
        json.endObject()
        return json.finish()
    }

    private func write(_ span: SpanRecord, into json: inout JSONWriter) {
        json.beginObject()
        writeIdentity(span.context, into: &json)
        if let parent = span.parent {
            json.key("parentSpanId")
            json.string(parent.spanID.description)
        }
        json.key("flags")
        json.int(flags(isSampled: span.context.isSampled, isRemote: span.parent?.isRemote ?? false))
        json.key("name")
        json.string(span.name)
        json.key("kind")
        json.int(number(of: span.kind))
        json.key("startTimeUnixNano")
        json.string(String(span.start))
        json.key("endTimeUnixNano")
        json.string(String(span.end))
        write(span.attributes, into: &json)
        writeEvents(of: span, into: &json)
        writeLinks(of: span, into: &json)
        if let status = span.status {
            json.key("status")
            json.beginObject()
            if let message = status.message {
                json.key("message")
                json.string(shortened(message))
            }
            json.key("code")
            json.int(status.code == .ok ? 1 : 2)
            json.endObject()
        }
        json.endObject()
    }

    private func writeIdentity(_ context: TraceContext, into json: inout JSONWriter) {
        json.key("traceId")
        json.string(context.traceID.description)
        json.key("spanId")
        json.string(context.spanID.description)
        if !context.state.entries.isEmpty {
            json.key("traceState")
            json.string(context.state.header)
        }
    }

    private func writeEvents(of span: SpanRecord, into json: inout JSONWriter) {
        if !span.events.isEmpty {
            json.key("events")
            json.beginArray()
            for event in span.events {
                json.beginObject()
                json.key("timeUnixNano")
                json.string(String(event.nanosecondsSinceEpoch))
                json.key("name")
                json.string(event.name)
                write(event.attributes, into: &json)
                json.endObject()
            }
            json.endArray()
        }
        writeCount("droppedEventsCount", span.droppedEvents, into: &json)
    }

    /// Links to spans of this kind of context; others cannot be told in OTLP and count as dropped.
    private func writeLinks(of span: SpanRecord, into json: inout JSONWriter) {
        let links = span.links.compactMap { link in link.context.traceContext.map { ($0, link.attributes) } }
        if !links.isEmpty {
            json.key("links")
            json.beginArray()
            for (context, attributes) in links {
                json.beginObject()
                writeIdentity(context, into: &json)
                write(attributes, into: &json)
                json.key("flags")
                json.int(flags(isSampled: context.isSampled, isRemote: context.isRemote))
                json.endObject()
            }
            json.endArray()
        }
        writeCount("droppedLinksCount", span.droppedLinks + span.links.count - links.count, into: &json)
    }

    private func write(_ attributes: SpanAttributes, into json: inout JSONWriter) {
        guard !attributes.isEmpty else { return }
        var all: [(key: String, value: SpanAttribute)] = []
        attributes.forEach { all.append(($0, $1)) }
        all.sort { $0.key < $1.key }
        json.key("attributes")
        json.beginArray()
        for (key, value) in all.prefix(limits.attributes) {
            json.beginObject()
            json.key("key")
            json.string(key)
            json.key("value")
            write(value, into: &json)
            json.endObject()
        }
        json.endArray()
        writeCount("droppedAttributesCount", all.count - min(all.count, limits.attributes), into: &json)
    }

    private func writeCount(_ name: StaticString, _ count: Int, into json: inout JSONWriter) {
        guard count > 0 else { return }
        json.key(name)
        json.int(count)
    }

    private func number(of kind: SpanKind) -> Int {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }

    /// The flags of W3C in the low byte; above it whether it is known where the parent is (always), and whether it is elsewhere.
    private func flags(isSampled: Bool, isRemote: Bool) -> Int {
        (isSampled ? 1 : 0) | 0x100 | (isRemote ? 0x200 : 0)
    }
}
