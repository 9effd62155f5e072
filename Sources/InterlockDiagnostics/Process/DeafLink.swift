#if os(Linux)
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization

/// A client that asks and asks over a link of one stream whose answers are not read: what ``DeafClient`` is over HTTP.
final class DeafLink: Sendable {
    private let transport: any ClientTransport
    /// What was handed to the transport and the server has not taken.
    private let unsentBytes: @Sendable () -> Int
    private let sent = Atomic(0)
    private let isDone = Atomic(false), isRefused = Atomic(false)

    init(_ transport: any ClientTransport, unsentBytes: @escaping @Sendable () -> Int) {
        self.transport = transport
        self.unsentBytes = unsentBytes
    }

    /// Asks for the list of tools again and again: until the server has taken so many bytes, or has stopped taking them, or has ended the link; or until
    /// `deadline`, and then until the silence that has begun is over, which takes six seconds more at most.
    ///
    /// - Parameter silence: knows a server that has stopped.
    func send(
        _ era: DeafClient.Era, upTo bytes: Int, silence: Silence, deadline: MonotonicTime, clock: any SchedulingClock
    ) async throws -> (taken: Int, outcome: DeafClient.Outcome) {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.ask(era, upTo: bytes) }
            defer { group.cancelAll() }
            var (taken, silence) = (0, silence)
            while true {
                try await clock.sleep(for: .milliseconds(20))
                let isDone = isDone.load(ordering: .acquiring), left = unsentBytes(), now = sent.load(ordering: .relaxed) - left
                // What is cut off is a bound, too; what had not been taken then is not told from what had.
                if isRefused.load(ordering: .relaxed) { return (taken, .stopped) }
                if isDone, left == 0 { return (max(taken, now), .taken) }
                if now > taken {
                    taken = now
                    silence.end()
                    if clock.now >= deadline { return (taken, .taken) }
                } else {
                    switch silence.look(at: clock.now) {
                    case .goesOn: break
                    case .standstill: return (taken, .stopped)
                    case .atWork: return (taken, .atWork)
                    }
                }
            }
        }
    }

    /// Hands requests to the transport, which waits where it has no room.
    private func ask(_ era: DeafClient.Era, upTo bytes: Int) async {
        // Numbers that no other request on this link has.
        for id in 1_000_000... {
            let question = Array(DeafClient.question(era, id: id).utf8)
            do {
                try await transport.send(ClientMessage(bytes: question, id: .integer(Int64(id)), method: Method.toolsList))
            } catch {
                return isRefused.store(true, ordering: .relaxed)
            }
            guard sent.add(question.count, ordering: .relaxed).newValue < bytes else { break }
        }
        isDone.store(true, ordering: .releasing)
    }
}
#endif
