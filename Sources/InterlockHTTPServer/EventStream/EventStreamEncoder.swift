import InterlockTransport
import NIOCore

/// Writes events as `text/event-stream` lines.
struct EventStreamEncoder {
    /// What goes before the data of each event; the HTTP+SSE pair names its events, Streamable HTTP does not.
    enum Naming {
        case unnamed, message
    }

    /// A line that clients ignore and proxies count as traffic.
    static let comment = ByteBuffer(string: ": keep-alive\n\n")

    /// An upper bound for the bytes of an event whose data is one line; what streams are charged for it.
    static func cost(of event: OutboundEvent) -> Int {
        event.data.count + (event.id?.utf8.count ?? 0) + 48
    }

    static func write(_ event: OutboundEvent, _ naming: Naming, into buffer: inout ByteBuffer) {
        if naming == .message { buffer.writeStaticString("event: message\n") }
        if let id = event.id {
            buffer.writeStaticString("id: ")
            // A line break would end the field and NUL makes clients ignore it; neither belongs in an id.
            buffer.writeBytes(id.utf8.filter { $0 != 0x0A && $0 != 0x0D && $0 != 0 })
            buffer.writeStaticString("\n")
        }
        if let retry = event.retryMilliseconds {
            buffer.writeString("retry: \(max(0, retry))\n")
        }
        writeData(event.data, into: &buffer)
        buffer.writeStaticString("\n")
    }

    /// The first event of the HTTP+SSE pair: where to post.
    static func writeEndpoint(_ uri: String, into buffer: inout ByteBuffer) {
        buffer.writeString("event: endpoint\ndata: \(uri)\n\n")
    }

    /// One `data:` line per line of `data`; an event without data still has one, or clients would drop the event.
    private static func writeData(_ data: [UInt8], into buffer: inout ByteBuffer) {
        guard data.contains(where: { $0 == 0x0A || $0 == 0x0D }) else {
            buffer.writeStaticString("data: ")
            buffer.writeBytes(data)
            buffer.writeStaticString("\n")
            return
        }
        var rest = data[...]
        while true {
            let end = rest.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? rest.endIndex
            buffer.writeStaticString("data: ")
            buffer.writeBytes(rest[..<end])
            buffer.writeStaticString("\n")
            guard end != rest.endIndex else { return }
            let isPair = rest[end] == 0x0D && end + 1 < rest.endIndex && rest[end + 1] == 0x0A
            rest = rest[(end + (isPair ? 2 : 1))...]
        }
    }
}
