import InterlockJSON
import InterlockProtocol

/// What is kept of an idempotent call: the result it gave, or the protocol error its handler threw.
enum IdempotentAnswer: Sendable {
    case result(CallToolResult)
    case failure(ProtocolError)

    /// As a store keeps it: the `result` of a response as it is, or an object whose one member is its `error`; no result has a member of this name alone.
    var stored: [UInt8] {
        let context = EncodingContext(revision: .latest)
        switch self {
        case .result(let result): return Array(result.encoded(for: context).bytes)
        case .failure(let error):
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("error", error, context)
            writer.endObject()
            return writer.finish()
        }
    }

    init(stored: [UInt8]) throws {
        let json = try RawJSON(stored)
        if let error = json["error"], json["content"] == nil {
            self = .failure(try ProtocolError(decoding: error))
        } else {
            self = .result(try CallToolResult(decoding: json))
        }
    }

    /// The answer, as the call that ran gave it.
    func get() throws(ProtocolError) -> CallToolResult {
        switch self {
        case .result(let result): return result
        case .failure(let error): throw error
        }
    }
}
