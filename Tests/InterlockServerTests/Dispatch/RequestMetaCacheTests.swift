import InterlockJSON
import InterlockProtocol
import Testing

@testable import InterlockServer

@Suite("The memory of how metadata reads")
struct RequestMetaCacheTests {
    private func json(_ text: String) throws -> RawJSON { try RawJSON(parsing: text) }

    private func meta(_ extra: String = "") -> String {
        #"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}\#(extra)}"#
    }

    @Test("The same bytes give the same value, other bytes their own")
    func remembers() throws {
        let cache = RequestMetaCache()
        let first = try json(meta())
        #expect(cache.known(first) == nil)
        let read = try cache.read(first)
        #expect(try cache.known(json(meta())) === read)
        #expect(read.revision == .v2026_07_28)
        // Of the same length and with the same bytes at the places the hash looks at.
        let other = try json(meta(#","io.modelcontextprotocol/clientInfo":{"name":"aaaaaaaaaaaaaaaaaaaaaaa","version":"1"}"#))
        let third = try json(meta(#","io.modelcontextprotocol/clientInfo":{"name":"aaaaaaaaaaabaaaaaaaaaaa","version":"1"}"#))
        _ = try cache.read(other)
        #expect(cache.known(third) == nil)
        #expect(try cache.read(third).meta.clientInfo?.name == "aaaaaaaaaaabaaaaaaaaaaa")
    }

    @Test("What differs from request to request, or is long, is not kept", arguments: [
        #","progressToken":7"#, #","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01""#, #","tracestate":"a=b""#, #","baggage":"a=b""#,
        #","x":"\#(String(repeating: "y", count: RequestMetaCache.maximumLength))""#,
    ])
    func passes(extra: String) throws {
        let cache = RequestMetaCache()
        let text = try json(meta(extra))
        #expect(try cache.read(text).meta.protocolVersion == "2026-07-28")
        #expect(cache.known(text) == nil)
    }

    @Test("What is malformed is refused every time and not kept", arguments: ["{}", "7", #"{"io.modelcontextprotocol/protocolVersion":3}"#])
    func refuses(text: String) throws {
        let cache = RequestMetaCache()
        for _ in 0..<2 {
            #expect(throws: ProtocolError.self) { try cache.read(json(text)) }
            #expect(try cache.known(json(text)) == nil)
        }
        #expect(throws: ProtocolError.self) { try cache.read(nil) }
    }

    @Test("However many texts come, only so many are kept")
    func isBounded() throws {
        let cache = RequestMetaCache()
        let texts = try (0..<1_000).map { try json(meta(#","io.modelcontextprotocol/clientInfo":{"name":"client \#($0)","version":"1"}"#)) }
        for text in texts { _ = try cache.read(text) }
        let kept = texts.filter { cache.known($0) != nil }.count
        #expect(kept > 0 && kept <= RequestMetaCache.placeCount)
    }
}
