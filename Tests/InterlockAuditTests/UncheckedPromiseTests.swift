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

    @Test("with a comment above or beside they are not")
    func right() {
        #expect(
            lines(
                """
                // Only the lock below touches `value`.
                final class Box: @unchecked Sendable {
                    /// Written once, before the first thread starts.
                    nonisolated(unsafe) static var shared: Box?
                    nonisolated(unsafe) var pointer: UnsafeRawPointer  // owned by the event loop
                }

                /* The header is immutable
                   after init. */
                extension Other: @unchecked Sendable {}
                """) == [])
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
