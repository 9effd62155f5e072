import InterlockConcurrency
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("The places of a tool's calls before what other tools use too", .timeLimit(.minutes(5)))
struct ToolLineTests {
    private let clock = ManualClock()

    private var key: FairnessKey {
        FairnessKey(Caller(revision: .latestLegacy, session: nil, scope: nil, fairnessKey: 1, context: RequestContext(connection: Connection(kind: .http1), headers: nil)))
    }

    @Test("are not taken from anybody for a call that is cancelled or too late already", arguments: [true, false])
    func tooLate(isCancelled: Bool) async throws {
        let line = ToolLine(tool: "pay", queue: QueueConfiguration(depth: 1, whenFull: .rejectOldest), clock: clock)
        let key = key
        let first = try line.join(for: key, deadline: nil)
        let now = clock.now
        let attempt = Task { () -> AcquireError.Code? in // awaited below
            if isCancelled { withUnsafeCurrentTask { $0?.cancel() } }
            do throws(AcquireError) {
                _ = try line.join(for: key, deadline: isCancelled ? nil : now)
                return nil
            } catch { return error.code }
        }
        #expect(await attempt.value == (isCancelled ? .cancelled : .deadlineExceeded))
        #expect(!first.revocation.isRevoked && line.waiting == 1)
        // The control: one that may wait takes the place.
        _ = try line.join(for: key, deadline: nil)
        #expect(first.revocation.isRevoked && line.waiting == 1)
    }
}
