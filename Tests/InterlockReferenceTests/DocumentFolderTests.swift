import Foundation
import InterlockSimulation
import Synchronization
import Testing

@testable import InterlockReference

@Suite("Documents folder", .timeLimit(.minutes(5)))
struct DocumentFolderTests {
    @Test("lists Markdown and text in all folders; hidden files, links and other files are passed over")
    func list() throws {
        let folder = try TemporaryFolder()
        let outside = try TemporaryFolder()
        try outside.write("secret", to: "secret.md")
        for name in ["a.md", "sub/deep/b.TXT", "c.markdown", ".hidden.md", ".git/x.md", "d.swift", "e"] { try folder.write("x", to: name) }
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link.md", withDestinationPath: outside.path + "/secret.md")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/linked", withDestinationPath: outside.path)
        let listing = try DocumentFolder(path: folder.path).list()
        #expect(listing.stamps.keys.sorted() == ["a.md", "c.markdown", "sub/deep/b.TXT"])
        #expect(listing.leftOut == 0)
        #expect(DocumentFolder(path: folder.path).text("link.md") == nil)
    }

    @Test("too large, too many and too deep are left out")
    func bounds() throws {
        let root = try TemporaryFolder()
        for name in ["a.md", "b.md", "c.md", "x/y/z/deep.md"] { try root.write("text", to: name) }
        try root.write(String(repeating: "x", count: 100), to: "large.md")
        var folder = DocumentFolder(path: root.path)
        folder.maximumBytes = 50
        folder.maximumDocuments = 2
        folder.maximumDepth = 2
        let listing = try folder.list()
        #expect(listing.stamps.keys.sorted() == ["a.md", "b.md"])
        #expect(listing.leftOut == 2)
        #expect(folder.text("large.md") == nil, "it may have grown since it was listed")
    }

    @Test("a text is read whole; what is not UTF-8, has a zero byte, or is gone, is no text")
    func text() throws {
        let root = try TemporaryFolder()
        let long = String(repeating: "größer ", count: 30_000)
        try root.write(long, to: "long.md")
        try root.write(Data([0x66, 0xFF, 0xFE]), to: "latin.md")
        try root.write("before\0after", to: "zero.md")
        let folder = DocumentFolder(path: root.path)
        #expect(folder.text("long.md") == long)
        #expect(folder.text("zero.md") == nil)
        #expect(folder.text("latin.md") == nil)
        #expect(folder.text("gone.md") == nil)
    }

    @Test("a folder that cannot be read is an error that names it")
    func missing() {
        let error = #expect(throws: DocumentError.self) { try DocumentFolder(path: "/no/such/folder").list() }
        #expect(error?.message.contains("/no/such/folder") == true)
    }

    private func stamp(_ number: Int) -> FileStamp { FileStamp(inode: 1, size: Int64(number), seconds: number, nanoseconds: 0) }

    @Test("a look says what was added, changed and removed since the last")
    func changesTable() {
        var machine = FolderStateMachine()
        #expect(machine.look(FolderListing(stamps: ["b": stamp(1), "a": stamp(1)])) == FolderChanges(added: ["a", "b"]))
        #expect(machine.look(FolderListing(stamps: ["b": stamp(1), "a": stamp(1)])).isEmpty)
        #expect(machine.look(FolderListing(stamps: ["b": stamp(2), "c": stamp(1)])) == FolderChanges(added: ["c"], changed: ["b"], removed: ["a"]))
        #expect(machine.look(FolderListing()) == FolderChanges(removed: ["b", "c"]))
    }

    @Test("doing what each look says keeps a copy equal to the folder", arguments: 0..<20 as Range<UInt64>)
    func changesInvariant(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var machine = FolderStateMachine()
        var copy: [String: FileStamp] = [:]
        for _ in 0..<200 {
            var listing = FolderListing()
            for id in "abcdefgh" where Bool.random(using: &random) { listing.stamps[String(id)] = stamp(Int.random(in: 0..<3, using: &random)) }
            let changes = machine.look(listing)
            #expect(changes.added.allSatisfy { copy[$0] == nil })
            #expect(changes.changed.allSatisfy { copy[$0] != nil && copy[$0] != listing.stamps[$0] })
            for id in changes.removed { #expect(copy.removeValue(forKey: id) != nil) }
            for id in changes.added + changes.changed { copy[id] = listing.stamps[id] }
            #expect(copy == listing.stamps, "seed \(seed)")
        }
    }

    @Test("a search that comes before the first index waits for it; changes are followed at every look")
    func library() async throws {
        let folder = try TemporaryFolder()
        try folder.write("# One\nlocomotive", to: "one.md")
        let clock = ManualClock()
        let library = DocumentLibrary(source: .folder(folder.path), scanInterval: .seconds(2), clock: clock, logger: quiet)
        let seen = Mutex<[FolderChanges]>([])
        async let early = library.search("locomotive", limit: 5)
        let running = Task { await library.run { changes in seen.withLock { $0.append(changes) } } } // awaited below
        #expect(try await early.map(\.id) == ["one.md"])

        try await clock.waitForPending(1)
        try folder.write("# Two\nlocomotive wagon", to: "two.md")
        try folder.write("# One\nnothing here", to: "one.md")
        clock.advance(by: .seconds(2))
        try await clock.waitForPending(1)
        #expect(try await library.search("locomotive", limit: 5).map(\.id) == ["two.md"])

        try folder.remove("two.md")
        clock.advance(by: .seconds(2))
        try await clock.waitForPending(1)
        #expect(try await library.search("locomotive", limit: 5).isEmpty)
        await #expect(throws: DocumentError.self) { try await library.document("two.md") }
        #expect(seen.withLock { $0 } == [
            FolderChanges(added: ["one.md"]), FolderChanges(added: ["two.md"], changed: ["one.md"]), FolderChanges(removed: ["two.md"]),
        ])
        running.cancel()
        await running.value
    }

    @Test("a folder that is not there is told to who searches, until it is there")
    func lateFolder() async throws {
        let parent = try TemporaryFolder()
        let clock = ManualClock()
        let library = DocumentLibrary(source: .folder(parent.path + "/late"), clock: clock, logger: quiet)
        let running = Task { await library.run { _ in } } // awaited below
        await #expect(throws: DocumentError.self) { try await library.search("x", limit: 1) }
        try parent.write("here now", to: "late/doc.txt")
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(2))
        try await clock.waitForPending(1)
        #expect(try await library.search("here", limit: 1).map(\.id) == ["doc.txt"])
        running.cancel()
        await running.value
    }

    @Test("ids are keys, not paths: nothing outside the folder is reachable", arguments: [
        "../secret.md", "/etc/passwd", "sub/../../secret.md", "..%2fsecret.md", "one.md/../../secret.md", "", ".", "one.md\0.txt",
    ])
    func traversal(_ id: String) async throws {
        let parent = try TemporaryFolder()
        try parent.write("secret", to: "secret.md")
        try parent.write("one", to: "docs/one.md")
        let library = DocumentLibrary(source: .folder(parent.path + "/docs"), clock: ManualClock(), logger: quiet)
        let running = Task { await library.run { _ in } } // awaited below
        #expect(try await library.document("one.md").text == "one")
        await #expect(throws: DocumentError.self) { try await library.document(id) }
        running.cancel()
        await running.value
    }
}
