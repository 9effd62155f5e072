import InterlockConcurrency
@testable import InterlockRedis
import InterlockStorage
import Testing

@Suite("Counting commands")
struct CommandTallyTests {
    private static let open = StoreError(.unavailable, "", cause: AcquireError(code: .circuitOpen, message: ""))

    @Test(
        "what a call counts for",
        arguments: [
            (failures: [], commands: 3, refused: 0, failed: 0, calls: 1),
            (failures: [StoreError(.unavailable, "late")], commands: 3, refused: 0, failed: 1, calls: 1),
            (failures: [.cancelled("here")], commands: 3, refused: 0, failed: 0, calls: 1),
            (failures: [StoreError(.corrupt, "odd"), .tooLate("here", "GET")], commands: 3, refused: 0, failed: 1, calls: 1),
            (failures: [open, open, open], commands: 0, refused: 3, failed: 0, calls: 0),
        ] as [(failures: [StoreError], commands: Int, refused: Int, failed: Int, calls: Int)])
    func table(row: (failures: [StoreError], commands: Int, refused: Int, failed: Int, calls: Int)) {
        var tally = CommandTally()
        tally.note(row.failures, of: 3, took: .milliseconds(2))
        #expect(tally.commands == row.commands && tally.refused == row.refused && tally.failures == row.failed && Int(tally.latencies.count) == row.calls)
    }
}
