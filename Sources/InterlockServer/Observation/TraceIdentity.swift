import InterlockProtocol
import InterlockTransport
import Tracing

/// The id under which a collector finds a call: that of its own span where there is one, else the one its request names.
enum TraceIdentity {
    private struct Carrier: Injector {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key.lowercased()] = value }
    }

    /// The trace of a span, from what its tracer would send on; `nil` for a tracer that does not speak W3C Trace Context.
    static func of(_ span: any Span, _ tracer: some Tracer) -> String? {
        var fields: [String: String] = [:]
        tracer.inject(span.context, into: &fields, using: Carrier())
        return fields["traceparent"].flatMap(traceID)
    }

    /// The trace a request says it belongs to; nobody has to believe it, so it is only shown if it could be one.
    static func named(by request: IncomingRequest) -> String? {
        (request.meta.traceparent ?? request.caller.context.headers?.first("traceparent")).flatMap(traceID)
    }

    /// The second part of a `traceparent`: 32 lower-case hexadecimal digits that are not all 0 (Trace Context, 3.2.2.3).
    private static func traceID(_ traceparent: String) -> String? {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].utf8.count == 2, parts[0] != "ff" else { return nil }
        let digits = parts[1].utf8
        let isHex = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
        return digits.count == 32 && isHex && digits.contains { $0 != UInt8(ascii: "0") } ? String(parts[1]) : nil
    }
}
