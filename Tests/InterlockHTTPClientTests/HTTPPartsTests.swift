import InterlockConcurrency
@testable import InterlockHTTPClient
import InterlockSimulation
import InterlockTransport
import NIOHTTP1
import Testing

@Suite("The parts of the HTTP client")
struct HTTPPartsTests {
    @Test("URLs are taken apart", arguments: [
        ("http://localhost:3000/mcp", "localhost", 3000, "/mcp", "localhost:3000"),
        ("HTTP://Example.COM", "example.com", 80, "/", "example.com"),
        ("https://a.b/c?d=e#f", "a.b", 443, "/c?d=e", "a.b"),
        ("http://[::1]:8080/x", "::1", 8080, "/x", "[::1]:8080"),
        ("http://h?q=1", "h", 80, "/?q=1", "h"),
    ])
    func url(text: String, host: String, port: Int, target: String, hostField: String) throws {
        let url = try ServerURL(text)
        #expect(url.host == host && url.port == port && url.target == target && url.hostField == hostField)
    }

    @Test("What is no usable URL is refused", arguments: ["", "ftp://a/b", "http://", "http://user@host/", "http://h:0/", "http://h:99999/", "http://h:x/", "http://[::1/", "http://h/a b"])
    func badURL(text: String) {
        #expect(throws: TransportError.self) { try ServerURL(text) }
    }

    @Test("References are resolved against the URL they were found at", arguments: [
        ("/messages?s=1", "http://h:1/messages?s=1"), ("messages", "http://h:1/a/messages"), ("?x=1", "http://h:1/a/sse?x=1"),
        ("http://other/x", "http://other/x"), ("//other:2/x", "http://other:2/x"),
    ])
    func resolve(reference: String, expected: String) throws {
        #expect(try ServerURL("http://h:1/a/sse?q=2").resolving(reference).description == expected)
    }

    @Test("What refused responses mean")
    func refusals() {
        func meaning(_ status: Int, _ body: String = "", _ headers: HTTPHeaders = [:], session: Bool = false) -> String {
            switch RefusedResponse(status: status, headers: headers, body: Array(body.utf8), hasSession: session) {
            case .message: "message"
            case .error(let error):
                // Whoever has to tell one status from another finds it here, and not in the message.
                error.httpStatus == status ? "\(error.code)" : "no status"
            }
        }
        let rpc = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#
        #expect(meaning(401, rpc) == "unauthorized")
        #expect(meaning(403) == "unauthorized")
        #expect(meaning(404, rpc) == "message")
        #expect(meaning(404, rpc, session: true) == "sessionNotFound")
        #expect(meaning(404) == "badResponse")
        #expect(meaning(400, rpc) == "message")
        #expect(meaning(400, "<html>") == "badResponse")
        #expect(meaning(400, #"{"jsonrpc":"2.0","id":1,"result":{}}"#) == "badResponse")
        #expect(meaning(503, "", ["Retry-After": "7"]) == "refused")
        #expect(meaning(302, "", ["Location": "http://x"]) == "badResponse")
        #expect(meaning(500) == "badResponse")
    }

    @Test("A URL that is refused is named without what may be a secret in it", arguments: [
        "http://h:x/mcp?token=S3CRET", "ftp://h/mcp?token=S3CRET", "ftp://u:S3CRET@h/mcp", "u:S3CRET@h?S3CRET", "http://h/ä?token=S3CRET", "http://[::1/?S3CRET",
        "http://[::1]x/?S3CRET", "http:///?S3CRET", "http://u:S3CRET@h/", "http://h:x/#S3CRET",
    ])
    func secrets(text: String) {
        let error = #expect(throws: TransportError.self) { try ServerURL(text) }
        #expect(error?.message.contains("S3CRET") == false && error?.message.isEmpty == false, "\(error?.message ?? "")")
    }

    private final class Token: Sendable {}

    @Test("Whatever comes in whatever order: the limit holds, those who wait are served in order, nothing is used twice", arguments: 0..<100)
    func pool(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var pool = PoolStateMachine<Token, Int>(maximumConnections: 3, maximumWaiting: 5)
        var using: [(connection: Token?, use: PoolStateMachine<Token, Int>.Use)] = []
        var waiting: [(id: UInt64, number: Int)] = []
        var number = 0
        for step in 0..<500 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                number += 1
                let use: PoolStateMachine<Token, Int>.Use = Int.random(in: 0..<4, using: &random) == 0 ? .unbounded : .request
                switch pool.lease(use, number) {
                case .use(let connection):
                    #expect(!using.contains { $0.connection === connection })
                    using.append((connection, use))
                case .connect: using.append((Token(), use))
                case .wait(let id):
                    #expect(use == .request)
                    waiting.append((id, number))
                case .refused: #expect(waiting.count == 5)
                }
            case 2 where !using.isEmpty:
                let done = using.remove(at: Int.random(in: 0..<using.count, using: &random))
                let isReusable = Bool.random(using: &random)
                let heir = pool.released(done.use)
                if let heir {
                    #expect(heir == waiting.removeFirst().number)
                    using.append((isReusable ? done.connection : pool.takeIdle() ?? Token(), done.use))
                } else if isReusable, let connection = done.connection {
                    _ = pool.keep(connection, now: .zero + .seconds(step))
                }
            case 3 where !waiting.isEmpty:
                let index = Int.random(in: 0..<waiting.count, using: &random)
                let left = waiting.remove(at: index)
                #expect(pool.cancelWait(left.id) == true)
                #expect(pool.cancelWait(left.id) == false)
            case 4:
                _ = pool.takeIdle(before: .zero + .seconds(step - 50))
            default: break
            }
            #expect(pool.usedByRequests == using.count { $0.use == .request })
            #expect(pool.usedByRequests <= 3)
            #expect(pool.waitingCount == waiting.count)
            #expect(waiting.isEmpty || pool.usedByRequests == 3)
        }
        #expect(pool.close().waiting == waiting.map(\.number))
        if case .refused = pool.lease(.request, 0) {} else { Issue.record("a closed pool leases nothing") }
    }
}
