import InterlockTransport
import Synchronization

/// The answers of one refusal, written at the first need and then the same bytes for all that follow within its second.
final class PreparedAnswers: Sendable {
    private let made = Mutex<(modern: OutboundResponse?, legacy: OutboundResponse?)>((nil, nil))

    func answer(isModern: Bool, write: () -> OutboundResponse) -> OutboundResponse {
        if let known = made.withLock({ isModern ? $0.modern : $0.legacy }) { return known }
        let answer = write()
        made.withLock { if isModern { $0.modern = answer } else { $0.legacy = answer } }
        return answer
    }
}

/// What distinguishes the answers of one tenant's refusals: whole seconds, so that a flood is answered with the same bytes.
struct RefusalFigures: Sendable, Hashable {
    var rule: Int
    var remaining: Int
    var retrySeconds: Int64?
    var resetSeconds: Int64
    var generation: UInt64
}
