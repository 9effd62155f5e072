import Foundation
import InterlockAuthorization
import InterlockConcurrency
import NIOCore
import NIOHTTP1
import NIOPosix
import InterlockTransport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Asks over a socket, with Foundation's client.
struct SocketFetcher: HTTPFetching {
    struct TooLong: Error {}
    let session = URLSession(configuration: .ephemeral)

    func fetch(_ request: FetchRequest) async throws -> FetchResponse {
        var outgoing = URLRequest(url: try #require(URL(string: request.url)), timeoutInterval: request.timeout / .seconds(1))
        outgoing.httpMethod = request.method.rawValue
        for (name, value) in request.headers { outgoing.setValue(value, forHTTPHeaderField: name) }
        if request.method == .post { outgoing.httpBody = Data(request.body) }
        let (body, response) = try await session.data(for: outgoing)
        guard body.count <= request.maximumBytes else { throw TooLong() }
        let answer = try #require(response as? HTTPURLResponse)
        let headers = answer.allHeaderFields.map { (name: "\($0.key)", value: "\($0.value)") }
        return FetchResponse(status: answer.statusCode, headers: headers, body: Array(body))
    }
}

/// An authorization server on a free port of this machine: a key set, and an introspection endpoint that knows one token.
final class LoopbackIssuer: Sendable {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let channel: any Channel
    var base: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    init(document: String) async throws {
        channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answers(document: document))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
    }

    func stop() async throws {
        try await channel.close().get()
        try await group.shutdownGracefully()
    }

    private final class Answers: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let document: String
        private var path = ""
        private var isClient = false
        private var body = ""

        init(document: String) { self.document = document }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                (path, body) = (head.uri, "")
                isClient = head.headers.first(name: "authorization") == "Basic " + Data("mcp:secret".utf8).base64EncodedString()
            case .body(let bytes):
                body += String(buffer: bytes)
            case .end:
                let isKnown = body == "token=opaque-good&token_type_hint=access_token"
                let answer: (HTTPResponseStatus, String) = switch path {
                case "/jwks": (.ok, document)
                case "/introspect" where !isClient: (.unauthorized, "{}")
                case "/introspect" where isKnown: (.ok, #"{"active":true,"aud":"https://mcp.example/mcp","sub":"bob","scope":"read"}"#)
                case "/introspect": (.ok, #"{"active":false}"#)
                default: (.notFound, "")
                }
                let headers: HTTPHeaders = ["content-length": "\(answer.1.utf8.count)", "cache-control": "max-age=120"]
                context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: answer.0, headers: headers))), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.1)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}

@Suite("Over sockets", .timeLimit(.minutes(5)))
struct LoopbackTests {
    @Test("keys and introspection come from a server on this machine, and a gate lets in whom they vouch for")
    func endToEnd() async throws {
        let issuer = try await TestIssuer.shared.value
        let server = try await LoopbackIssuer(document: try issuer.document)
        let log = LogCapture()
        let fetcher = SocketFetcher()
        let keys = try KeySet(url: server.base + "/jwks", fetcher: fetcher, configuration: KeySetConfiguration(timeout: .seconds(50)), logger: log.logger)
        let signed = try JWTVerifier([JWTIssuer(TestIssuer.name, keys: .published(keys), audiences: [TestIssuer.resource])])
        let opaque = try IntrospectionVerifier(
            IntrospectionConfiguration(
                url: server.base + "/introspect", clientId: "mcp", clientSecret: "secret", issuer: TestIssuer.name, audiences: [TestIssuer.resource],
                timeout: .seconds(50)),
            fetcher: fetcher, logger: log.logger)
        let gate = try AuthorizationGate(verifiers: [signed, opaque], configuration: .init(), logger: log.logger)
        let now = Int(SystemClock.shared.wallTime / 1_000)
        let token = try issuer.token(claims: #"{"iss":"https://issuer.example","aud":"https://mcp.example/mcp","sub":"alice","exp":\#(now + 3_600),"iat":\#(now)}"#)
        #expect(await gate.settle(head([GateTests.bearer(token)])).decision.principal?.subject == "alice")
        #expect(await gate.settle(head([GateTests.bearer("opaque-good")])).decision.principal?.subject == "bob")
        #expect(await gate.settle(head([GateTests.bearer("opaque-bad")])).decision.status == 401)
        #expect(keys.snapshot.keys == 5 && keys.snapshot.fetches == 1)
        try await server.stop()
        #expect(await gate.settle(head([GateTests.bearer("opaque-other")])).decision.status == 503)
        #expect(await gate.settle(head([GateTests.bearer(token)])).decision.principal?.subject == "alice")
    }
}
