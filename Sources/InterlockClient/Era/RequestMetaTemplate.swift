internal import InterlockJSON
internal import InterlockProtocol

/// The `_meta` of a modern client's requests, written once: what changes from request to request is appended.
struct RequestMetaTemplate: Sendable {
    private let base: RequestMeta
    /// The object without its closing brace.
    private let open: [UInt8]
    private let plain: Meta

    init(revision: ProtocolRevision, capabilities: ClientCapabilities, info: Implementation) {
        base = RequestMeta(protocolVersion: revision.rawValue, clientCapabilities: capabilities, clientInfo: info)
        let context = EncodingContext(revision: revision)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("io.modelcontextprotocol/protocolVersion", revision.rawValue, context)
        writer.member("io.modelcontextprotocol/clientCapabilities", capabilities, context)
        writer.member("io.modelcontextprotocol/clientInfo", info, context)
        writer.endObject()
        let bytes = writer.finish()
        open = Array(bytes.dropLast())
        plain = Self.meta(bytes)
    }

    /// The `_meta` of one request.
    func meta(progressToken: Int64?, logLevel: LoggingLevel?, adding extra: Meta?) -> Meta {
        if let extra {
            var request = base
            request.progressToken = progressToken.map { .integer($0) } ?? extra.progressToken
            request.logLevel = logLevel ?? extra.logLevel
            return request.meta(adding: extra)
        }
        guard progressToken != nil || logLevel != nil else { return plain }
        var bytes = open
        bytes.reserveCapacity(open.count + 96)
        if let logLevel { bytes += Array(",\"\(MetaKey.logLevel)\":\"\(logLevel.rawValue)\"".utf8) }
        if let progressToken { bytes += Array(",\"progressToken\":\(progressToken)".utf8) }
        bytes.append(UInt8(ascii: "}"))
        return Self.meta(bytes)
    }

    private static func meta(_ bytes: [UInt8]) -> Meta {
        do throws(ShapeMismatch) {
            return try Meta(shape: RawJSON(unchecked: bytes[...]))
        } catch {
            preconditionFailure("the object written above is an object: \(error)")
        }
    }
}
