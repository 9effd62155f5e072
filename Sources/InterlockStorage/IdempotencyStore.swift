/// Remembers results of calls that must take effect once, so that a retry gets the first answer.
///
/// A key is claimed before the call runs and carries its result afterwards. A claim whose holder dies lapses into ``IdempotencyClaim/lost``:
/// the call may have taken effect, and nobody may run it again until the entry expires. Keys hold who called and which tool: they are made
/// by the runtime, and compared byte for byte. `IdempotencyStoreConformance` in `InterlockTesting` says when an implementation is done.
public protocol IdempotencyStore: Sendable {
    /// Claims the key for one run, or says what became of the earlier one.
    ///
    /// Throws ``StoreError/Code/full`` when there is no room for another claim: no entry makes room before its time, as its call could
    /// then take effect twice.
    ///
    /// - Parameters:
    ///   - token: the caller's, made for this claim alone and guessed by nobody; it finishes or abandons the claim. Who was not answered may ask again with it:
    ///     a claim that stands is granted to its own token once more, for as long as at first.
    ///   - fingerprint: of the call's arguments; another one under the same key is a ``IdempotencyClaim/mismatch``.
    ///   - holdingFor: how long the claim stands without ``IdempotencyStore/finish(_:token:result:keepingFor:)``; then it is lost.
    ///   - keepingFor: how long a lost claim is remembered.
    func claim(
        _ key: String, token: UInt64, fingerprint: String, holdingFor: Duration, keepingFor: Duration
    ) async throws(StoreError) -> IdempotencyClaim
    /// Stores the result of a claim; false, and nothing has changed, if the claim is no longer this one's: it has lapsed, was given back,
    /// or is finished.
    ///
    /// - Parameter keepingFor: how long the result is kept, counted from now.
    @discardableResult
    func finish(_ key: String, token: UInt64, result: [UInt8], keepingFor: Duration) async throws(StoreError) -> Bool
    /// Gives a claim back as if it had never been made, because the call took no effect; also one that has lapsed, which is no longer lost then.
    ///
    /// - Returns: false, and nothing has changed, if there is no claim of this token: it was never made, was given back, or is finished. One that was asked
    ///   for without an answer may still be made when the question arrives late.
    @discardableResult
    func abandon(_ key: String, token: UInt64) async throws(StoreError) -> Bool
}

/// What a store says to a claim.
public enum IdempotencyClaim: Sendable, Hashable {
    /// Run the call.
    case claimed
    /// Another run holds the claim now.
    case running
    /// An earlier run was not finished by its holder: whether it took effect is not known.
    case lost
    /// The result of the first run.
    case finished([UInt8])
    /// The key was used with other arguments.
    case mismatch
}
