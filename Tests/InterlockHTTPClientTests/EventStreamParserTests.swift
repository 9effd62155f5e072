@testable import InterlockHTTPClient
import InterlockSimulation
import Testing

@Suite("Server-sent events out of bytes")
struct EventStreamParserTests {
    private struct Outcome: Equatable {
        var events: [String] = []
        var lastID: String?
        var retry: Int?
    }

    private func parse(_ chunks: [[UInt8]], limit: Int = 1000) throws -> Outcome {
        var parser = EventStreamParser(maximumEventBytes: limit)
        var outcome = Outcome()
        for chunk in chunks {
            try parser.feed(chunk) { outcome.events.append("\($0.name)=\(String(decoding: $0.data, as: UTF8.self))") }
        }
        outcome.lastID = parser.lastEventID
        outcome.retry = parser.retryMilliseconds
        return outcome
    }

    @Test("Streams and what they hold", arguments: [
        ("data: a\n\n", ["message=a"], nil, nil),
        ("data:a\r\n\r\n", ["message=a"], nil, nil),
        ("data: a\r\rdata: b\r\r", ["message=a", "message=b"], nil, nil),
        ("data: a\ndata: b\n\n", ["message=a\nb"], nil, nil),
        ("data:  two spaces\n\n", ["message= two spaces"], nil, nil),
        ("event: endpoint\ndata: /x\n\n", ["endpoint=/x"], nil, nil),
        ("event: x\n\ndata: a\n\n", ["message=a"], nil, nil),
        (": keep-alive\n\n:\r\n\r\n", [], nil, nil),
        ("id: 7\ndata:\n\n", ["message="], "7", nil),
        ("id: 7\n\n", [], "7", nil),
        ("id: 7\ndata: a\n\nid\ndata: b\n\n", ["message=a", "message=b"], "", nil),
        ("id: 7\ndata: unfinished", [], nil, nil),
        ("id: a\u{0}b\ndata: x\n\n", ["message=x"], nil, nil),
        ("retry: 1500\n\n", [], nil, 1500),
        ("retry: 1.5\nretry: -1\nretry:\n\n", [], nil, nil),
        ("unknown: x\ndata\n\n", ["message="], nil, nil),
        ("\u{FEFF}data: a\n\n", ["message=a"], nil, nil),
        ("data: ü\n\n", ["message=ü"], nil, nil),
    ] as [(String, [String], String?, Int?)])
    func table(stream: String, events: [String], id: String?, retry: Int?) throws {
        let expected = Outcome(events: events, lastID: id, retry: retry)
        #expect(try parse([Array(stream.utf8)]) == expected)
        #expect(try parse(stream.utf8.map { [$0] }) == expected)
    }

    @Test("However the bytes are cut and the lines end, the events are the same", arguments: 0..<100)
    func randomChunks(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let ends = ["\n", "\r", "\r\n"]
        var text = ""
        var expected: [String] = []
        for number in 0..<20 {
            // One kind of line end per event: a CR before a LF would be one end, not two.
            let end = ends.randomElement(using: &random)!
            if Bool.random(using: &random) { text += ": comment\(end)" }
            let lines = (0..<Int.random(in: 1...3, using: &random)).map { "\(number).\($0)" }
            for line in lines { text += "data: \(line)\(end)" }
            text += end
            if end == "\r" { text += ":\r" }
            expected.append("message=" + lines.joined(separator: "\n"))
        }
        var rest = Array(text.utf8)[...]
        var chunks: [[UInt8]] = []
        while !rest.isEmpty {
            let count = Int.random(in: 1...9, using: &random)
            chunks.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        #expect(try parse(chunks).events == expected)
    }

    @Test("What is too long is an error, in one line or in many")
    func limits() {
        #expect(throws: EventStreamParser.TooLong.self) { try parse([Array("data: \(String(repeating: "x", count: 101))\n\n".utf8)], limit: 100) }
        #expect(throws: EventStreamParser.TooLong.self) { try parse([Array(String(repeating: "x", count: 200).utf8)], limit: 100) }
        let many = (0..<20).map { _ in "data: 0123456789\n" }.joined() + "\n"
        #expect(throws: EventStreamParser.TooLong.self) { try parse([Array(many.utf8)], limit: 100) }
        #expect(throws: Never.self) { try parse([Array("data: \(String(repeating: "x", count: 100))\n\n".utf8)], limit: 100) }
    }
}
