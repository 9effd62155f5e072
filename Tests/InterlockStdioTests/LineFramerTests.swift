import InterlockSimulation
import InterlockTransport
import Testing

@Suite("Lines out of bytes")
struct LineFramerTests {
    private func lines(_ chunks: [String], limit: Int = 10) -> [LineFramer.Line] {
        var framer = LineFramer(maximumLength: limit)
        var lines: [LineFramer.Line] = []
        for chunk in chunks { framer.feed(Array(chunk.utf8)) { lines.append($0) } }
        framer.finish { lines.append($0) }
        return lines
    }

    private static func message(_ text: String) -> LineFramer.Line { .message(Array(text.utf8)) }

    @Test("Chunks and what they hold", arguments: [
        (["{}\n"], [message("{}")]),
        (["{", "}", "\n"], [message("{}")]),
        (["a\nb\nc\n"], [message("a"), message("b"), message("c")]),
        (["a\r\nb\r", "\n"], [message("a"), message("b")]),
        (["\n\r\n  \t\n"], []),
        (["last"], [message("last")]),
        ([""], []),
        (["0123456789\n"], [message("0123456789")]),
        (["0123456789\r\n"], [message("0123456789")]),
        (["01234567890\nok\n"], [.oversize(length: 11), message("ok")]),
        (["0123456789", "0123456789", "\nok\n"], [.oversize(length: 20), message("ok")]),
        (["01234567890123"], [.oversize(length: 14)]),
        (["a\n", "0123456789012345\n", "b"], [message("a"), .oversize(length: 16), message("b")]),
    ] as [([String], [LineFramer.Line])])
    func table(chunks: [String], expected: [LineFramer.Line]) {
        #expect(lines(chunks) == expected)
    }

    @Test("However the bytes are cut, the lines are the same, and little is kept of a long one", arguments: 0..<100)
    func randomChunks(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let texts = (0..<40).map { _ in String(repeating: "x", count: Int.random(in: 0...30, using: &random)) }
        let bytes = Array(texts.joined(separator: "\n").utf8)
        let expected = texts.filter { !$0.isEmpty }.map { $0.utf8.count <= 20 ? Self.message($0) : .oversize(length: $0.utf8.count) }
        var framer = LineFramer(maximumLength: 20)
        var lines: [LineFramer.Line] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...25, using: &random))
            framer.feed(Array(rest.prefix(count))) { lines.append($0) }
            rest = rest.dropFirst(count)
            #expect(framer.bufferedCount <= 21)
        }
        framer.finish { lines.append($0) }
        #expect(lines == expected)
    }
}
