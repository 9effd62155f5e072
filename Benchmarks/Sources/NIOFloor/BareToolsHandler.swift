import NIOCore
import NIOHTTP1

/// Speaks as much MCP as a client needs to call one tool, and no more: it looks for the method and the id in a request's bytes and answers from fixed ones.
///
/// What a load generator costs is measured against this, because it adds the least of its own.
final class BareToolsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let results: [(method: String, result: String)] = [
        ("tools/call", #"{"resultType":"complete","content":[{"type":"text","text":"hello"}]}"#),
        ("server/discover", #"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"private"}"#),
        ("initialize", #"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"nio-floor","version":"1"}}"#),
        (
            "tools/list",
            #"{"resultType":"complete","tools":[{"name":"echo","inputSchema":{"type":"object","properties":{"text":{"type":"string"}}}}],"#
                + #""ttlMs":0,"cacheScope":"private"}"#
        ),
    ]

    private var message: [UInt8] = []

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: message.removeAll(keepingCapacity: true)
        case .body(let bytes): message.append(contentsOf: bytes.readableBytesView)
        case .end: answer(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(_ context: ChannelHandlerContext) {
        let method = member("\"method\":\"", endingWith: [UInt8(ascii: "\"")])
        let id = member("\"id\":", endingWith: [UInt8(ascii: ","), UInt8(ascii: "}")])
        guard let id, let result = Self.results.first(where: { method?.elementsEqual($0.method.utf8) == true })?.result else {
            // A notification, or the end of a session.
            context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .accepted, headers: ["Content-Length": "0"]))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            return
        }
        var body = context.channel.allocator.buffer(capacity: result.utf8.count + id.count + 32)
        body.writeStaticString(#"{"jsonrpc":"2.0","id":"#)
        body.writeBytes(id)
        body.writeStaticString(#","result":"#)
        body.writeString(result)
        body.writeStaticString("}")
        let headers: HTTPHeaders = ["Content-Type": "application/json", "Content-Length": String(body.readableBytes), "Mcp-Session-Id": "floor"]
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// What follows the first occurrence of a key, up to one of the ends.
    private func member(_ key: StaticString, endingWith ends: [UInt8]) -> ArraySlice<UInt8>? {
        key.withUTF8Buffer { key in
            guard message.count > key.count else { return nil }
            for start in 0..<(message.count - key.count) where message[start] == key[0] && message[start..<(start + key.count)].elementsEqual(key) {
                return message[(start + key.count)...].prefix { !ends.contains($0) }
            }
            return nil
        }
    }
}
