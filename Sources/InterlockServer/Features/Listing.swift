import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension Server {
    /// One page of a list, written once for all who see the same (2026-07-28, Server Features › Pagination and Caching).
    ///
    /// A cursor names the feature set it belongs to, so that a page never continues a list that has changed meanwhile.
    func list<Value, Page: WireResult>(
        _ request: IncomingRequest, _ table: KeyPath<FeatureSet, FeatureTable<Value>>, offered: Bool, _ page: ([Value], String?) -> Page
    ) throws(ProtocolError) {
        guard offered else { throw .methodNotFound(request.method) }
        let snapshot = features(for: request.caller.principal)
        let table = snapshot.features[keyPath: table]
        let pageSize = max(1, configuration.pageSize)
        var offset = 0
        if let cursor = try PaginatedParams(decoding: request.params.raw).cursor {
            guard let parsed = Cursor(cursor), parsed.generation == snapshot.generation, parsed.offset < table.ordered.count,
                parsed.offset.isMultiple(of: pageSize) // others were never given out, and each would be kept as a page of its own
            else { throw .invalidCursor() }
            offset = parsed.offset
        }
        let key = FeatureSnapshot.PageKey(method: request.method, revision: request.caller.revision, offset: offset)
        let result = snapshot.page(key) {
            let end = min(offset + pageSize, table.ordered.count)
            let cursor = end < table.ordered.count ? Cursor(generation: snapshot.generation, offset: end).text : nil
            var context = encodingContext(request.caller.revision)
            context.cacheHint = listCacheHint
            var writer = JSONWriter(reservingCapacity: 4096)
            page(table.ordered[offset..<end].map(\.value), cursor).write(into: &writer, context: context)
            return writer.bytes
        }
        request.stream.finish(OutboundResponse(body: JSONRPC.response(id: request.id, result: RawJSON(unchecked: result[...]))))
    }

    var listCacheHint: CacheHint {
        // What depends on who asks must not be shared by caches.
        CacheHint(ttlMs: Int(configuration.listTimeToLive.wholeMilliseconds), scope: tenants == nil ? configuration.listCacheScope : .private)
    }
}

/// Where a page begins: opaque to clients, checked when it comes back.
struct Cursor {
    var generation: Int
    var offset: Int

    init(generation: Int, offset: Int) {
        self.generation = generation
        self.offset = offset
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let generation = Int(parts[0], radix: 36), let offset = Int(parts[1], radix: 36), offset > 0 else { return nil }
        self.init(generation: generation, offset: offset)
    }

    var text: String { String(generation, radix: 36) + "." + String(offset, radix: 36) }
}
