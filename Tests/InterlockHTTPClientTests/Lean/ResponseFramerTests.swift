import InterlockSimulation
import NIOHTTP1
import Testing

@testable import InterlockHTTPClient

@Suite("HTTP/1.1 responses taken apart")
struct ResponseFramerTests {
    /// What a framer makes of a stream: each response as status, kind, whether the connection is kept, and its body; at the end what went wrong.
    private static func read(_ pieces: [[UInt8]], closes: Bool = false) -> [String] {
        var framer = ResponseFramer()
        var found: [String] = []
        var body: [UInt8] = []
        func end() {
            found[found.count - 1] += " " + String(decoding: body, as: UTF8.self)
            body = []
        }
        for piece in pieces {
            var offset = 0
            do throws(ResponseFramer.Malformed) {
                reading: while true {
                    switch try framer.next(piece.span, at: &offset) {
                    case .head(let head): found.append("\(head.status) \(head.content)\(head.keepsAlive ? "" : " close")\(head.keepAlive.map { " for \($0)" } ?? "")")
                    case .body(let range): body += piece[range]
                    case .end: end()
                    case .more: break reading
                    }
                }
                #expect(offset == piece.count)
            } catch {
                return found + [error.reason]
            }
        }
        if closes, framer.close() { end() }
        return found
    }

    /// With LF for CRLF, as in the tables here.
    private static func wire(_ text: String) -> [UInt8] { Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8) }

    private static let responses: [(String, [String])] = [
        ("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 2\n\n{}", ["200 json {}"]),
        ("HTTP/1.1 200\ncontent-LENGTH:2 \ncontent-type:\tApplication/JSON ; charset=utf-8\n\n{}", ["200 json {}"]),
        ("HTTP/1.1 202 Accepted\nContent-Length: 0\n\n", ["202 other "]),
        ("HTTP/1.1 204 No Content\n\nHTTP/1.1 304 Not Modified\nContent-Length: 5\n\n", ["204 other ", "304 other "]),
        ("HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 200 OK\nContent-Length: 1\n\nx", ["200 other x"]),
        (
            "HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 1\n\nxHTTP/1.1 404 Not Found\nContent-Length: 2\nConnection: foo, Close\n\nno",
            ["200 other x", "404 other close no"]
        ),
        (
            "HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: Chunked\n\n3\ndat\nA;x=y\na: 0123456\n0\nTrailer: t\n\n",
            ["200 events data: 0123456"]
        ),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n0\n\nHTTP/1.0 200 OK\nContent-Length: 1\n\nx", ["200 other ", "200 other close x"]),
        ("HTTP/1.0 200 OK\nConnection: Keep-Alive\nContent-Length: 1\n\nx", ["200 other x"]),
        ("HTTP/1.1 200 OK\nKeep-Alive: max=9 , Timeout=75\nContent-Length: 1\n\nx", ["200 other for 75.0 seconds x"]),
        ("HTTP/1.1 200 OK\nKeep-Alive: timeout=\nKeep-Alive: max=1, timeout=-5\nContent-Length: 1\n\nx", ["200 other x"]),
    ]

    @Test("a response is the same wherever the bytes are cut", arguments: responses)
    func everyCut(text: String, expected: [String]) {
        let bytes = Self.wire(text)
        #expect(Self.read([bytes]) == expected)
        for cut in 1..<bytes.count { #expect(Self.read([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "cut at \(cut)") }
        #expect(Self.read(bytes.map { [$0] }) == expected)
    }

    @Test("and in however many pieces it comes", arguments: 0..<50)
    func pieces(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bytes: [UInt8] = []
        var expected: [String] = []
        for _ in 0..<20 {
            let (text, result) = Self.responses[Int.random(in: 0..<Self.responses.count, using: &random)]
            bytes += Self.wire(text)
            expected += result
        }
        var pieces: [[UInt8]] = []
        while !bytes.isEmpty {
            let count = min(bytes.count, Int.random(in: 1...200, using: &random))
            pieces.append(Array(bytes[..<count]))
            bytes.removeFirst(count)
        }
        #expect(Self.read(pieces) == expected)
    }

    @Test("lines may end with LF alone")
    func bareLineFeeds() {
        #expect(Self.read([Array("HTTP/1.1 200 OK\nContent-Length: 1\n\nx".utf8)]) == ["200 other x"])
    }

    @Test("a body of no known length ends with the connection, and no other does")
    func untilClose() {
        let open = Self.wire("HTTP/1.1 200 OK\nContent-Type: application/json\n\n{}")
        #expect(Self.read([open]) == ["200 json close"])
        #expect(Self.read([open], closes: true) == ["200 json close {}"])
        let chunked = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"
        for cutOff in ["HTTP/1.1 200 OK\nContent-Length: 3\n\n{}", chunked + "3\n{}", chunked + "2\n{}\n"] {
            #expect(!Self.read([Self.wire(cutOff)], closes: true)[0].contains("{}"))
        }
        #expect(Self.read([Self.wire("HTTP/1.1 200 OK\nConte")], closes: true).isEmpty)
    }

    @Test("what could be taken for something else is refused", arguments: [
        ("SSH-2.0-OpenSSH\n\n", "does not begin"), ("HTTP/2 200\n\n", "does not begin"), ("HTTP/1.1 99 x\n\n", "does not begin"), ("\n\n", "does not begin"),
        ("HTTP/1.1 2000 x\n\n", "does not begin"),
        ("HTTP/1.1 101 Switching Protocols\nUpgrade: x\n\n", "changes the protocol"),
        ("HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 2\n\n", "not one number"), ("HTTP/1.1 200 OK\nContent-Length: -1\n\n", "not one number"),
        ("HTTP/1.1 200 OK\nContent-Length: 1, 1\n\n", "not one number"), ("HTTP/1.1 200 OK\nContent-Length:\n\n", "not one number"),
        ("HTTP/1.1 200 OK\nContent-Length: 9999999999999999\n\n", "not one number"),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\n\n", "not 'chunked'"),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Length: 1\n\n", "both"),
        ("HTTP/1.1 200 OK\nA: b\n c\n\n", "no field"), ("HTTP/1.1 200 OK\nA : b\n\n", "no field"),
        ("HTTP/1.1 200 OK\nnonsense\n\n", "no field"), ("HTTP/1.1 200 OK\n: b\n\n", "no field"),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nx\n", "no number"), ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n\n", "no number"),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1000000000000000\n", "too long"),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\nab\n", "longer than it says"),
        ("HTTP/1.1 200 OK\nA: \(String(repeating: "x", count: 70_000))\n\n", "65536"),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1;\(String(repeating: "x", count: 9_000))\n", "8192"),
    ])
    func malformed(text: String, reason: String) {
        let bytes = Self.wire(text)
        #expect(Self.read([bytes]).last?.contains(reason) == true, "\(Self.read([bytes]))")
        if bytes.count < 1_000 { #expect(Self.read(bytes.map { [$0] }).last?.contains(reason) == true) }
    }

    @Test("a head that never ends is refused at its limit, not kept")
    func endlessHead() {
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000)
        #expect(Self.read(Array(repeating: piece, count: 6)).isEmpty)
        #expect(Self.read(Array(repeating: piece, count: 7)).last?.contains("65536") == true)
    }

    @Test("a refusal brings its fields, a success spares them")
    func refusal() throws {
        func head(_ text: String) throws -> ResponseFramer.Head? {
            var framer = ResponseFramer()
            var offset = 0
            if case .head(let head) = try framer.next(Self.wire(text).span, at: &offset) { return head }
            return nil
        }
        #expect(try head("HTTP/1.1 200 OK\nRetry-After: 7\n\n")?.refusal == nil)
        let refused = try head("HTTP/1.1 503 No\nRetry-After:  7 \nX: \n\n")
        #expect(refused?.refusal?.first(name: "retry-after") == "7" && refused?.refusal?.first(name: "x") == "")
    }
}
