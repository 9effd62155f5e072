import InterlockConcurrency
import InterlockProtocol
import InterlockStorage
import Logging

/// The use of a `requestState`, which is good for one: noted before the handler runs, for all instances where they share a store.
struct RequestStateClaim: Sendable {
    var nonce: String
    /// Milliseconds since the Unix epoch.
    var expiresAt: Int64

    /// How far the clocks of instances may differ without a state being forgotten before all of them refuse it for its age.
    static let clockDifference = Duration.seconds(60)

    static let usedBefore = ProtocolError.invalidParams("params.requestState: it was used before; each is good for one retry, call again without it")
}

extension Server {
    /// Notes the use of a state; why the call must not run if that is not its first, or nobody can tell.
    func refusal(of claim: RequestStateClaim) async -> ProtocolError? {
        let now = configuration.clock.wallTime
        guard let store = configuration.requestStateStore else {
            return usedNonces.use(claim.nonce, expiresAt: claim.expiresAt, now: now) ? nil : RequestStateClaim.usedBefore
        }
        do throws(StoreError) {
            let kept = Duration.milliseconds(max(0, claim.expiresAt - now)) + RequestStateClaim.clockDifference
            let use = StateChange("interlock.request-state:\(claim.nonce)", expecting: .absent, value: [], expiresAfter: kept)
            return try await store.commit([use]) ? nil : RequestStateClaim.usedBefore
        } catch {
            configuration.logger.error("a call was refused: whether its requestState was used before cannot be found out", metadata: ["error": "\(error)"])
            return .internalError("whether params.requestState was used before cannot be found out now; nothing was done, send the same again in a moment")
        }
    }
}
