internal import InterlockConcurrency
internal import InterlockJSON
internal import InterlockProtocol
import Synchronization

extension Client {
    /// All pages of one list. Only an absent cursor ends it; a cursor that comes twice, or too many pages, is an error.
    func pages<Item>(_ method: String, _ page: (String?) async throws -> (items: [Item], next: String?)) async throws -> [Item] {
        var items: [Item] = []
        var cursor: String?
        var seen: Set<String> = []
        for _ in 0..<max(1, configuration.maximumPages) {
            let (found, next) = try await page(cursor)
            items += found
            guard let next else { return items }
            guard seen.insert(next).inserted else {
                throw ClientError(.invalidResponse, "the server's \(method) came back to the cursor '\(next.prefix(80))': the list has no end")
            }
            cursor = next
        }
        throw ClientError(.limitExceeded, "the server's \(method) has more than \(configuration.maximumPages) pages; raise maximumPages or fetch pages one by one")
    }

    /// One page of a list, or one read, from the cache while it is fresh.
    func page<Result: WireDecodable>(_ method: String, cursor: String?, options: RequestOptions) async throws -> Result {
        try await cached(ResultCache.Key(method: method, subject: cursor)) {
            do {
                return try await perform(method, options: options) { PaginatedParams(cursor: cursor, meta: $0) }
            } catch let error as ProtocolError where error.code == .invalidParams && cursor != nil {
                // The cursor has gone stale, and with it every page of the list. Spec: 2026-07-28, Server Features › Caching.
                state.withLock { $0.cache.removeAll(of: method) }
                throw error
            }
        }
    }

    /// A complete result, from the cache while it is fresh.
    func cached<Result: WireDecodable>(_ key: ResultCache.Key, _ fetch: () async throws -> RawJSON) async throws -> Result {
        if configuration.cachedResults > 0, let raw = state.withLock({ $0.cache.fresh(key, now: clock.now) }) {
            return try complete(raw, of: key.method)
        }
        let raw = try await fetch()
        let result: Result = try complete(raw, of: key.method)
        if configuration.cachedResults > 0 {
            state.withLock { $0.cache.store(raw, for: key, now: clock.now) }
        }
        return result
    }
}
