import Synchronization

/// The four leaks that are met most often in servers, each of about a kilobyte a call.
final class ClassicLeaks: Sendable {
    private struct State {
        var calls = 0
        var listeners: [@Sendable (String) -> Int] = []
        var entries: [Int: [UInt8]] = [:]
        var answers: [String: [UInt8]] = [:]
    }

    private let state = Mutex(State())

    /// Does to this call what the fault says; nothing for any other fault.
    func work(_ fault: Fault, _ text: String) {
        let context = [UInt8](repeating: 0xA5, count: 1024)
        switch fault {
        case .listeners: state.withLock { $0.listeners.append { event in context.count + event.utf8.count } }
        case .entries:
            state.withLock { state in
                state.calls += 1
                state.entries[state.calls] = context
            }
        case .unbounded:
            state.withLock { state in
                state.calls += 1
                // The number stands for what makes requests differ: a user, a date, a page.
                state.answers["\(text) \(state.calls)"] = context
            }
        case .timers:
            // Nobody awaits it, and it never ends: that is the fault.
            Task { while true { try await Self.tick(context) } }
        default: break
        }
    }

    private static func tick(_ context: [UInt8]) async throws {
        try await Task.sleep(for: .seconds(1))
        precondition(context.count == 1024)
    }
}
