import InterlockAudit
import Testing

@Suite("Promises that the compiler does not check")
struct UncheckedPromiseTests {
    private func lines(_ source: String) -> [Int] {
        SourceAudit(rules: [.uncheckedPromise]).audit([.init(path: "Snippet.swift", text: source)]).findings.map(\.line)
    }

    @Test("without a comment they are found")
    func wrong() {
        #expect(
            lines(
                """
                final class Box: @unchecked Sendable {
                    nonisolated(unsafe) static var shared: Box?
                    var value = 0
                }

                extension Other: @unchecked Sendable {}

                // MARK: - State
                nonisolated(unsafe) var count = 0
                """) == [1, 2, 6, 9])
    }

    @Test("with a proof above or beside they are not")
    func right() {
        #expect(
            lines(
                """
                // SAFETY: only the lock below touches `value`.
                final class Box: @unchecked Sendable {
                    /// The first box.
                    ///
                    /// SAFETY: written once, before the first thread starts.
                    /// Read by everybody.
                    nonisolated(unsafe) static var shared: Box?
                    nonisolated(unsafe) var pointer: UnsafeRawPointer  // SAFETY: owned by the event loop
                }

                /* SAFETY: the header is immutable
                   after init. */
                extension Other: @unchecked Sendable {}
                """) == [])
    }

    @Test("another comment is no proof, nor is one that belongs to something else, or says nothing", arguments: [
        "// TODO: is this right?", "// Only the lock below touches it.", "let other = 1  // SAFETY: this one is never written", "// SAFETY:",
        "// SAFETY: trust me", "// SAFETY: it is written once at start.\n", "// SAFETY: it is written once at start.\nlet other = 1",
        "/* about SAFETY: in general and at length */",
    ])
    func notProofs(comment: String) {
        let source = comment + "\nnonisolated(unsafe) var count = 0"
        #expect(lines(source) == [source.split(separator: "\n", omittingEmptySubsequences: false).count], "\(comment)")
    }

    @Test("checked conformances and isolation are no promises")
    func checked() {
        expectClear(
            """
            final class Box: Sendable { let value = 0 }
            struct Value: Sendable, Hashable {}
            actor Counter { nonisolated let id = 1 }
            """)
    }
}
