import InterlockClient
import InterlockConcurrency
import InterlockProtocol
import InterlockTransport

/// That a server went away while it was examined.
public struct ServerLoss: Sendable, Hashable {
    /// What was done then, for a sentence: "calls of work, alone and 8 at once".
    public var during: String
    /// How it showed.
    public var message: String
    /// Whether a new connection is answered again, as by a server that was started anew; `nil` where each connection starts a server of its own.
    public var answersAgain: Bool?

    public init(during: String, message: String, answersAgain: Bool? = nil) {
        self.during = during
        self.message = message
        self.answersAgain = answersAgain
    }

    /// What happened, in one sentence.
    public var sentence: String {
        let again = switch answersAgain {
        case true?: " A new connection is answered again: it was started anew."
        case false?: " No new connection is answered either."
        case nil: ""
        }
        return "The server was lost during \(during): \(message)." + again
    }
}

extension DiagnosedServer {
    /// What an error of a probe means: that the server is lost, or `nil` where it is still there.
    ///
    /// Of a server that all links share, one lost connection is not the server: a new one is tried, and its process looked for.
    func loss(_ error: any Error, during: String, _ reader: (any ProcessReading)?, clock: any SchedulingClock) async -> ServerLoss? {
        let message: String
        switch error {
        case let error where Self.isAnswer(error): return nil
        case let error as ClientError where [.closed, .unreachable, .transport].contains(error.code): message = error.message
        case let error as TransportError where [.closed, .unreachable].contains(error.code): message = error.message
        default: return nil
        }
        guard isShared else { return ServerLoss(during: during, message: message) }
        var answers = true
        do { try await withClient(clock: clock) { _, _ in } } catch { answers = Self.isAnswer(error) }
        let hasEnded = reader.map { $0.sample() == nil } ?? false
        return answers && !hasEnded ? nil : ServerLoss(during: during, message: message, answersAgain: answers)
    }

    /// Whether an error of JSON-RPC says that the server has no room now: its code is the status that goes with it, 429 or 503.
    static func isBusy(_ code: Int) -> Bool { code == 429 || code == 503 }

    /// Whether a failure is what a server has said, busy or unwilling, and no silence.
    static func isAnswer(_ error: any Error) -> Bool {
        if error is ProtocolError { return true }
        let transport = error as? TransportError ?? (error as? ClientError)?.transportError
        return transport.map { [.refused, .unauthorized, .sessionNotFound].contains($0.code) } ?? false
    }
}
