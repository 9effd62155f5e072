public import InterlockJSON

/// The result of a request, written once as the peer's revision knows it.
///
/// Conforming types write one JSON object. In a modern revision it carries `resultType`, the server's name in `_meta` and,
/// where the specification asks for it, the cache hint: ``InterlockJSON/JSONWriter/result(type:meta:caching:context:members:)``
/// does that part. Spec: 2026-07-28, Base Protocol › Results.
public protocol WireResult: WireEncodable {}

/// Whether a result carries `ttlMs` and `cacheScope`, and from where.
public enum ResultCaching: Sendable, Hashable {
    /// The result has no cache hint.
    case none
    /// The result must have one: this, else the context's, else ``CacheHint/none``.
    case hinted(CacheHint?)
}

extension JSONWriter {
    /// Writes a result object: the members of the closure, and around them what the revision puts into every result.
    public mutating func result(
        type: ResultType = .complete, meta: Meta?, caching: ResultCaching = .none, context: EncodingContext,
        members: (inout JSONWriter) -> Void
    ) {
        if !context.revision.hasResultType {
            beginObject()
        } else if type == .complete {
            constant(#"{"resultType":"complete""#, endsValue: true)
        } else {
            constant(#"{"resultType":"#, endsValue: false)
            string(type.rawValue)
        }
        members(&self)
        if context.revision.hasCacheHints, case .hinted(let own) = caching {
            let hint = own ?? context.cacheHint ?? .none
            key("ttlMs")
            int(hint.ttlMs)
            key("cacheScope")
            string(hint.scope.rawValue)
        }
        resultMeta(meta, context)
        endObject()
    }

    /// Writes `_meta` of a result, with the server's name in it where the revision wants that.
    private mutating func resultMeta(_ meta: Meta?, _ context: EncodingContext) {
        guard context.revision.hasServerInfoInResults, let serverInfo = context.serverInfo else {
            member("_meta", meta, context)
            return
        }
        guard let meta else {
            constant(#""_meta":{"io.modelcontextprotocol/serverInfo":"#, endsValue: false)
            raw(serverInfo)
            endObject()
            return
        }
        key("_meta")
        var object = meta.object
        if object[MetaKey.serverInfo] == nil { object[MetaKey.serverInfo] = serverInfo.value() }
        value(.object(object))
    }
}
