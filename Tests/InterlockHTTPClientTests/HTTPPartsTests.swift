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

    @Test("A missing WWW-Authenticate is told where it has to be, at 401, and not where it need not be, at 403", arguments: [
        (401, [:], "answered 401 without WWW-Authenticate"), (403, [:], "answered 403, so the credential or the host has no right there"),
        (401, ["WWW-Authenticate": "Bearer"], "answered 401, WWW-Authenticate: Bearer"),
        (403, ["WWW-Authenticate": "Bearer"], "answered 403, WWW-Authenticate: Bearer"),
    ] as [(Int, HTTPHeaders, String)])
    func missingChallenge(status: Int, headers: HTTPHeaders, words: String) {
        guard case .error(let error) = RefusedResponse(status: status, headers: headers, body: Array("no".utf8), hasSession: false) else {
            Issue.record("a refusal is an error")
            return
        }
        #expect(error.message == "the server \(words): no")
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

    @Test("a connection that is too old is not used, and is to be closed")
    func tooOld() {
        var pool = PoolStateMachine<Token, Int>(maximumConnections: 3, maximumWaiting: 5)
        let (old, young) = (Token(), Token())
        let second = MonotonicTime.zero + .seconds(1)
        #expect(pool.keep(old, until: .zero + .milliseconds(1_500)) && pool.keep(young, until: .zero + .seconds(2)))
        if case .use(let connection) = pool.lease(.request, 0, now: second) { #expect(connection === young) } else { Issue.record("the youngest is used") }
        #expect(pool.takeIdle(endedBy: second).isEmpty && pool.takeIdle(now: .zero + .milliseconds(1_500)) == nil)
        if case .connect = pool.lease(.request, 0, now: .zero + .seconds(2)) {} else { Issue.record("nothing is left that may be used") }
        #expect(pool.nextEnd == .zero + .milliseconds(1_500) && pool.takeIdle(endedBy: .zero + .seconds(2)).map { $0 === old } == [true] && pool.idleCount == 0)
    }

    @Test("a connection is used for less than the server keeps it: by a quarter, or by a second", arguments: [
        (FurtherUse.idle(atMost: nil), 30_000), (.idle(atMost: .seconds(600)), 30_000), (.idle(atMost: .seconds(5)), 4_000), (.idle(atMost: .seconds(2)), 1_500),
        (.idle(atMost: .zero), 0),
    ])
    func furtherUse(use: FurtherUse, milliseconds: Int) {
        #expect(use.time(.seconds(30)) == .milliseconds(milliseconds))
    }

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
                switch pool.lease(use, number, now: .zero + .seconds(step)) {
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
                    using.append((isReusable ? done.connection : pool.takeIdle(now: .zero + .seconds(step)) ?? Token(), done.use))
                } else if isReusable, let connection = done.connection {
                    _ = pool.keep(connection, until: .zero + .seconds(step + 50))
                }
            case 3 where !waiting.isEmpty:
                let index = Int.random(in: 0..<waiting.count, using: &random)
                let left = waiting.remove(at: index)
                #expect(pool.cancelWait(left.id) == true)
                #expect(pool.cancelWait(left.id) == false)
            case 4:
                _ = pool.takeIdle(endedBy: .zero + .seconds(step))
            default: break
            }
            #expect(pool.usedByRequests == using.count { $0.use == .request })
            #expect(pool.usedByRequests <= 3)
            #expect(pool.waitingCount == waiting.count)
            #expect(waiting.isEmpty || pool.usedByRequests == 3)
        }
        #expect(pool.close().waiting == waiting.map(\.number))
        if case .refused = pool.lease(.request, 0, now: .zero) {} else { Issue.record("a closed pool leases nothing") }
    }
}
