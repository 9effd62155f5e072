import InterlockClient
import InterlockJSON
import InterlockProtocol
import Testing

@testable import InterlockReference

@Suite("Notes", .timeLimit(.minutes(5)))
struct NoteTests {
    /// How many of many calls at once are told that they created the same note.
    private func creations(_ mode: DemoMode, calls: Int) async throws -> Int {
        try await withReference(mode: mode) { client, _ in
            await successes(of: calls) { number in
                let result = try await client.call("create_note", ["name": "plan", "text": .string("version \(number)")])
                if result.isError { throw NoteError(message: result.text) }
            }
        }
    }

    @Test("of 50 calls at once one creates the note")
    func guarded() async throws {
        #expect(try await creations(.guarded, calls: 50) == 1)
    }

    @Test("of the unsafe server several do within 100 rounds")
    func unsafe() async throws {
        for _ in 0..<100 where try await creations(.unsafe, calls: 10) != 1 { return }
        Issue.record("the proof above proves nothing: it does not notice a missing guard")
    }

    @Test("keeps what is there, and gives it back")
    func kept() async throws {
        let notes = NoteFolder(mode: .guarded)
        _ = try await notes.create("plan", text: "one\nzwei ✓")
        await #expect(throws: NoteError.self) { try await notes.create("plan", text: "another") }
        #expect(try notes.note("plan") == Note(name: "plan", text: "one\nzwei ✓"))
        notes.removeAll()
        #expect(throws: NoteError.self) { try notes.note("plan") }
    }

    @Test("refuses names that lead elsewhere", arguments: ["", ".", "..", "../x", "a/b", "/etc/x", ".hidden", "a\0b", "é", String(repeating: "a", count: 65)])
    func names(name: String) async throws {
        let notes = NoteFolder(mode: .guarded)
        await #expect(throws: NoteError.self) { try await notes.create(name, text: "t") }
    }

    @Test("stops at its bound, and a refusal takes no place")
    func bound() async throws {
        let notes = NoteFolder(maximumNotes: 2, mode: .guarded)
        _ = try await notes.create("a", text: "")
        await #expect(throws: NoteError.self) { try await notes.create("a", text: "") }
        _ = try await notes.create("b", text: "")
        await #expect(throws: NoteError.self) { try await notes.create("c", text: "") }
    }
}
