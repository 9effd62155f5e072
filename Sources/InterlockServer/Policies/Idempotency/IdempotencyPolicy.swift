import InterlockConcurrency
import InterlockProtocol

/// How a tool's calls take effect once, however often a client tries.
struct IdempotencyPolicy: Sendable {
    /// How long a result is kept for those who try again.
    var keeping: Duration
    /// How long a run may take before its instance counts as dead.
    var holding: Duration
    /// What a handler changes, which decides what can be said of a run that was not finished.
    var effects: IdempotentEffects
}

/// What an idempotent tool changes.
public enum IdempotentEffects: Sendable, Hashable {
    /// Things this project knows nothing of: when an instance dies in mid-call, nobody can say whether the call took effect, and it is not run again.
    case unknown
    /// Only values of ``HandlerContext/state``: whether an unfinished call took effect can be looked up, so it is run again if it did not.
    case state
}

extension Tool {
    /// Takes effect once for each key: a client that tries again, on this instance or another, gets the first answer.
    ///
    /// Keys belong to the caller (its principal; callers whom nobody identified share theirs) and to this tool. The same key with other arguments is
    /// an error. What the handler returns or throws, a `ProtocolError` too, is the answer that is kept. A call whose handler was not reached, because
    /// it was refused, no place came free or a store in front of it failed, gives its key back, and so does one that asks its user first, or, with
    /// ``IdempotentEffects/state``, one whose first commit the store did not answer: the next call finds out whether it was made. While the first call
    /// runs, the others wait for its answer as long as ``queue(depth:deadline:)`` lets them [30 s].
    ///
    /// The results are in ``ServerConfiguration/idempotencyStore``; when it cannot be reached the call is refused and nothing runs. Should the store have
    /// taken the key all the same, without an answer, it is given back as soon as the store can be reached: within ten minutes, by the instance that asked.
    ///
    /// - Parameters:
    ///   - keeping: how long a result is kept.
    ///   - holding: how long a run may take before its instance counts as dead; longer than the handler ever takes.
    ///   - effects: what the handler changes.
    ///   - key: names the operation, for example an id that the client made; `nil` for a call that is none of these.
    public func idempotent(
        keeping: Duration = .seconds(24 * 3_600), holding: Duration = .seconds(60), effects: IdempotentEffects = .unknown,
        by key: @escaping @Sendable (Input) -> String?
    ) -> Tool {
        precondition(keeping > .zero && holding > .zero, "idempotent(keeping: \(keeping), holding: \(holding)) on tool '\(definition.name)': both must be positive")
        var tool = self
        tool.policies.idempotency = IdempotencyPolicy(keeping: keeping, holding: holding, effects: effects)
        tool.idempotencyKey = key
        return tool
    }
}
