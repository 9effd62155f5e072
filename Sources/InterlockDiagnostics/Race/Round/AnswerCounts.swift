/// How the calls of one tool, of a round or of a race were answered.
public struct AnswerCounts: Sendable, Hashable {
    /// Calls that were made.
    public internal(set) var calls = 0
    /// Answered with a result.
    public internal(set) var done = 0
    /// Answered with one of the plan's refusals.
    public internal(set) var refused = 0
    /// Of those with a result, the ones that told a value of the model.
    public internal(set) var told = 0
    /// Of those with a result, the ones without the value that the plan looks for; nothing of the model is checked by it.
    public internal(set) var unreadable = 0
    /// The first text that should have held a value, for the reader of a report.
    public internal(set) var firstUnreadable: String?
    /// Refused for lack of room; left out of the check.
    public internal(set) var busy = 0
    /// Answered with an error that is none of the plan's refusals; the check allows that they took effect and that they did not.
    public internal(set) var failed = 0
    /// Not answered at all; checked like those that failed.
    public internal(set) var unanswered = 0
    /// The first error that is none of the refusals, for the reader of a report.
    public internal(set) var firstFailure: String?

    /// Answers that say whether the call took effect.
    public var answered: Int { done + refused }

    /// Calls that may have taken effect or not.
    var open: Int { failed + unanswered }

    mutating func add(_ answer: RaceAnswer) {
        switch answer {
        case .done(let value):
            done += 1
            if value != nil { told += 1 }
        case .unreadable(let text):
            done += 1
            unreadable += 1
            firstUnreadable = firstUnreadable ?? text
        case .refused: refused += 1
        case .busy: busy += 1
        case .failed(let message):
            failed += 1
            firstFailure = firstFailure ?? message
        }
    }

    static func += (sum: inout AnswerCounts, more: AnswerCounts) {
        sum.calls += more.calls
        sum.done += more.done
        sum.told += more.told
        sum.unreadable += more.unreadable
        sum.firstUnreadable = sum.firstUnreadable ?? more.firstUnreadable
        sum.refused += more.refused
        sum.busy += more.busy
        sum.failed += more.failed
        sum.unanswered += more.unanswered
        sum.firstFailure = sum.firstFailure ?? more.firstFailure
    }
}
