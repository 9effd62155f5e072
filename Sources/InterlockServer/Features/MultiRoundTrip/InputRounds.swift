import InterlockJSON
import InterlockProtocol
import Synchronization

/// The questions of one run of a handler: which answers are there already, and how the next one is called.
final class InputRounds: Sendable {
    private struct State {
        var answers: [String: InputResponse]
        var nextNumber = 1
    }

    private let state: Mutex<State>
    /// How many rounds the client has been through.
    let round: Int
    /// What has to be claimed before the handler runs; `nil` for a first run.
    let claim: RequestStateClaim?

    /// - Parameter answers: every answer of this call so far.
    init(round: Int = 0, answers: [String: InputResponse] = [:], claim: RequestStateClaim? = nil) {
        self.round = round
        self.claim = claim
        state = Mutex(State(answers: answers))
    }

    /// A key for a question that was given none: its number among such questions, the same in every run of a deterministic handler.
    func nextKey() -> String {
        state.withLock { state in
            defer { state.nextNumber += 1 }
            return "input-\(state.nextNumber)"
        }
    }

    /// The answers that are there and fit what is asked; one of another kind counts as missing, so that it is asked for again.
    func answers(to requests: InputRequests) -> [String: InputResponse] {
        state.withLock { state in
            var found: [String: InputResponse] = [:]
            for (key, request) in requests {
                guard let answer = state.answers[key], answer.answers(request) else { continue }
                found[key] = answer
            }
            return found
        }
    }

    /// All answers, to be sealed into the next round's state.
    var encodedAnswers: JSONObject {
        state.withLock { state in
            var object = JSONObject()
            for (key, answer) in state.answers { object[key] = answer.encoded().value() }
            return object
        }
    }
}

/// Thrown through a handler to end a run whose answers are still missing; never seen by users' code that does not catch everything.
struct InputRequired: Error, CustomStringConvertible {
    var requests: InputRequests
    var description: String { "the call needs input from the client: rethrow this error, the handler runs again when the answers are there" }
}
