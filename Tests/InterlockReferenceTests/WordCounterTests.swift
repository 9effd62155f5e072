import InterlockClient
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import Synchronization
import Testing

@testable import InterlockReference

@Suite("Counting words", .timeLimit(.minutes(5)))
struct WordCounterTests {
    private func count(_ text: String, stretch: Int) -> Int {
        var counter = WordCounter()
        var index = text.startIndex
        while index < text.endIndex { index = counter.read(text, from: index, bytes: stretch) }
        #expect(counter.bytesRead == text.utf8.count)
        return counter.words
    }

    @Test("words are what stands between white space", arguments: [
        ("", 0), ("   ", 0), ("one", 1), (" one ", 1), ("one two", 2), ("a\tb\nc\r\nd", 4), ("a\u{A0}b\u{3000}c\u{2028}d", 4), ("don't — stop", 3), ("日本 語", 2),
    ])
    func table(text: String, words: Int) {
        #expect(count(text, stretch: 1_000) == words)
        #expect(count(text, stretch: 1) == words)
    }

    @Test("cutting the text anywhere changes nothing", arguments: 0..<20 as Range<UInt64>)
    func anyStretch(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let alphabet: [Character] = ["a", "ß", "語", " ", "\n", "\u{2003}", "🚂", "e\u{301}"]
        let text = String((0..<500).map { _ in alphabet.randomElement(using: &random)! })
        let expected = text.split(whereSeparator: \.isWhitespace).count
        for stretch in [1, 2, 3, 7, 64, 10_000] { #expect(count(text, stretch: stretch) == expected, "seed \(seed), stretch \(stretch)") }
    }

    @Test("through the server: a large text is counted with progress that rises to the end")
    func progress() async throws {
        let text = String(repeating: "word ", count: 100_000)
        try await withReference { client, _ in
            let seen = Mutex<[ProgressParams]>([])
            let result = try await client.callTool("count_words", arguments: RawJSON(["text": .string(text)] as JSONValue), timeout: .seconds(30)) { progress in
                seen.withLock { $0.append(progress) }
            }
            #expect(result.structuredContent?["words"]?.int == 100_000)
            let all = seen.withLock { $0 }
            #expect(all.last?.progress == 500_000)
            #expect(all.last?.total == 500_000)
            #expect(all.map(\.progress) == all.map(\.progress).sorted())
        }
    }

    @Test("through the server: a document is counted by its id; both or neither is refused")
    func documents() async throws {
        try await withReference { client, _ in
            let text = BundledDocuments.all[0].text
            let result = try await client.call("count_words", ["documentId": "welcome.md"])
            #expect(result.structuredContent?["words"]?.int == text.split(whereSeparator: \.isWhitespace).count)
            for arguments: JSONValue in [[:], ["text": "a", "documentId": "welcome.md"], ["documentId": "missing.md"]] {
                #expect(try await client.call("count_words", arguments).isError)
            }
        }
    }
}
