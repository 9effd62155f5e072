public import InterlockJSON

/// Writes whole JSON-RPC 2.0 messages, without a line end. Spec: 2026-07-28, Base Protocol › Messages.
public enum JSONRPC {
    /// A response with a result.
    public static func response(id: RequestID, result: some WireResult, context: EncodingContext) -> [UInt8] {
        var writer = begin(id: id)
        writer.key("result")
        result.write(into: &writer, context: context)
        writer.endObject()
        return writer.finish()
    }

    /// A response whose result is JSON already, passed on as it is.
    public static func response(id: RequestID, result: RawJSON) -> [UInt8] {
        var writer = begin(id: id, capacity: 64 + result.bytes.count)
        writer.key("result")
        writer.raw(result)
        writer.endObject()
        return writer.finish()
    }

    /// A client's response to a server's request (legacy).
    public static func response(id: RequestID, answer: some WireEncodable, context: EncodingContext) -> [UInt8] {
        var writer = begin(id: id)
        writer.key("result")
        answer.write(into: &writer, context: context)
        writer.endObject()
        return writer.finish()
    }

    /// A response with an error. Without an id only if the request's could not be read: modern revisions leave the member
    /// out, legacy ones write `null` as JSON-RPC has it.
    public static func error(
        id: RequestID?, _ error: ProtocolError, revision: ProtocolRevision = .latest
    ) -> [UInt8] {
        var writer = begin(id: id)
        if id == nil, !revision.isModern {
            writer.key("id")
            writer.null()
        }
        writer.key("error")
        error.write(into: &writer, context: EncodingContext(revision: revision))
        writer.endObject()
        return writer.finish()
    }

    /// A notification whose params are written by a closure: exactly one value.
    public static func notification(_ method: String, params: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = begin(id: nil)
        writer.key("method")
        writer.string(method)
        writer.key("params")
        params(&writer)
        writer.endObject()
        return writer.finish()
    }

    /// A notification with params in JSON, or with none.
    public static func notification(_ method: String, params: RawJSON? = nil) -> [UInt8] {
        message(id: nil, method: method, params: params)
    }

    /// A notification with params of a shape.
    public static func notification(
        _ method: String, params: some WireEncodable, context: EncodingContext
    ) -> [UInt8] {
        notification(method) { params.write(into: &$0, context: context) }
    }

    /// A request with params in JSON, or with none.
    public static func request(id: RequestID, method: String, params: RawJSON? = nil) -> [UInt8] {
        message(id: id, method: method, params: params)
    }

    /// A request with params of a shape.
    public static func request(
        id: RequestID, method: String, params: some WireEncodable, context: EncodingContext
    ) -> [UInt8] {
        var writer = begin(id: id)
        writer.key("method")
        writer.string(method)
        writer.key("params")
        params.write(into: &writer, context: context)
        writer.endObject()
        return writer.finish()
    }

    /// Messages as one array, for the revision that has batches.
    public static func batch(_ messages: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        bytes.reserveCapacity(messages.reduce(2) { $0 + $1.count + 1 })
        for (index, message) in messages.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += message
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }

    private static func message(id: RequestID?, method: String, params: RawJSON?) -> [UInt8] {
        var writer = begin(id: id, capacity: 96 + (params?.bytes.count ?? 0))
        writer.key("method")
        writer.string(method)
        if let params {
            writer.key("params")
            writer.raw(params)
        }
        writer.endObject()
        return writer.finish()
    }

    private static func begin(id: RequestID?, capacity: Int = 512) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: capacity)
        guard let id else {
            writer.constant(#"{"jsonrpc":"2.0""#, endsValue: true)
            return writer
        }
        writer.constant(#"{"jsonrpc":"2.0","id":"#, endsValue: false)
        writer.id(id)
        return writer
    }
}
