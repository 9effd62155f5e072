import Foundation
import InterlockSimulation
import Testing

@testable import InterlockReference

@Suite("Document index", .timeLimit(.minutes(5)))
struct DocumentIndexTests {
    private func search(_ index: DocumentIndex, _ text: String, limit: Int = 10) async throws -> [String] {
        try await index.search(#require(SearchQuery(text)), limit: limit).map(\.id)
    }

    private func index() async throws -> DocumentIndex {
        let index = try DocumentIndex()
        try await index.put([
            Document(id: "locks.md", text: "# Locks\n\nA lock keeps trains apart."),
            Document(id: "trains.md", text: "# Trains\n\nTrains run on tracks; a train waits at a signal."),
            Document(id: "sub/café.txt", text: "Un café près de la gare. NEAR AND OR NOT are words here."),
        ])
        return index
    }

    @Test("finds words in title and text, stemmed and without accents, the title first")
    func search() async throws {
        let index = try await index()
        #expect(try await search(index, "train") == ["trains.md", "locks.md"])
        #expect(try await search(index, "CAFE") == ["sub/café.txt"])
        #expect(try await search(index, "lock apart") == ["locks.md"])
        #expect(try await search(index, "absent").isEmpty)
        #expect(try await search(index, "trains", limit: 1) == ["trains.md"])
    }

    @Test("documents with any of the words are found where none has all")
    func anyWord() async throws {
        let index = try await index()
        #expect(try await search(index, "apart from passengers") == ["locks.md"])
    }

    @Test("hits carry a snippet with the words marked, and scores that fall")
    func hits() async throws {
        let index = try await index()
        let hits = try await index.search(#require(SearchQuery("trains")), limit: 10)
        #expect(hits[0].snippet.contains("**Trains**"))
        #expect(hits[0].title == "Trains")
        #expect(hits.map(\.score) == hits.map(\.score).sorted(by: >))
    }

    @Test("no text is syntax: whatever is searched for, the database is asked for words", arguments: 0..<200 as Range<UInt64>)
    func anyText(seed: UInt64) async throws {
        let index = try await index()
        var random = SeededRandom(seed: seed)
        let pieces = ["\"", "'", "(", ")", "*", ":", "^", "-", "+", "{", "}", "AND", "OR", "NOT", "NEAR", "title:", "\0", ";", "--", " ", "train", "é", "🚂", "\\", "%", "/*"]
        let text = (0..<Int.random(in: 1...20, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
        if let query = SearchQuery(text) { _ = try await index.search(query, limit: 5) }
    }

    @Test("words are taken out of the text; there may be none")
    func queries() {
        #expect(SearchQuery("don't \"panic\" (ever)*")?.words == ["don", "t", "panic", "ever"])
        #expect(SearchQuery("a b")?.all == "\"a\" AND \"b\"")
        #expect(SearchQuery("a b")?.any == "\"a\" OR \"b\"")
        #expect(SearchQuery("?!") == nil)
        #expect(SearchQuery("") == nil)
        #expect(SearchQuery(String(repeating: "w ", count: 100))?.words.count == SearchQuery.maximumWords)
    }

    @Test("a document that is put again replaces what it was; one that is removed is not found")
    func changes() async throws {
        let index = try await index()
        try await index.put([Document(id: "locks.md", text: "Nothing of that any more.")])
        #expect(try await search(index, "apart").isEmpty)
        #expect(try await index.document("locks.md") == Document(id: "locks.md", title: "locks.md", text: "Nothing of that any more."))
        try await index.remove(["locks.md", "unknown"])
        #expect(try await index.document("locks.md") == nil)
        #expect(try await index.count() == 2)
        #expect(try await index.ids(from: "sub/", limit: 10) == ["sub/café.txt"])
    }

    @Test("an index leaves nothing in the temporary folder when it is closed")
    func closing() async throws {
        let parent = try TemporaryFolder()
        do {
            let folder = try PrivateFolder(purpose: "test", in: parent.path)
            #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path).count == 1)
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int
            #expect(mode == 0o700)
            folder.remove()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path).isEmpty)
    }

    @Test("what a process that is gone left behind is removed, what one that lives has is not")
    func leftovers() throws {
        let parent = try TemporaryFolder()
        let (gone, alive) = ("interlock-test.2147483646.x", "interlock-test.\(ProcessInfo.processInfo.processIdentifier).x")
        for name in [gone, alive] { try FileManager.default.createDirectory(atPath: parent.path + "/" + name, withIntermediateDirectories: true) }
        let folder = try PrivateFolder(purpose: "test", in: parent.path)
        let names = try FileManager.default.contentsOfDirectory(atPath: parent.path)
        #expect(!names.contains(gone))
        #expect(names.contains(alive))
        withExtendedLifetime(folder) {}
    }

    @Test("titles come from the first heading, or the file's name", arguments: [
        ("a/b.md", "# Title here\ntext", "Title here"), ("a/b.md", "intro\n#  Spaced  \n", "Spaced"), ("a/b.md", "## Second level only", "b.md"),
        ("a/b.md", "#NoSpace", "b.md"), ("a/b.txt", "", "b.txt"), ("a/b.md", "# \n# Real", "Real"),
    ])
    func titles(id: String, text: String, title: String) {
        #expect(Document(id: id, text: text).title == title)
    }

    @Test("URIs escape what does not belong into one, part by part")
    func uris() {
        #expect(Document.uri(of: "a b/ü?#.md") == "docs:///a%20b/%C3%BC%3F%23.md")
        #expect(PercentEncoding.decode("a%20b%C3%BC") == "a bü")
        for broken in ["%", "%2", "%zz", "%FF"] { #expect(PercentEncoding.decode(broken) == nil) }
    }
}
