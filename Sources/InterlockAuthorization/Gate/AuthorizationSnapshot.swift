/// What an ``AuthorizationGate`` has decided. Counters run since it was made.
public struct AuthorizationSnapshot: Sendable, Hashable {
    /// Requests let in after their credential was verified.
    public var admitted = 0
    /// Requests let in because their credential had been verified before.
    public var admittedFromMemory = 0
    /// Requests without a credential.
    public var missing = 0
    /// Requests that showed one in a way that is not accepted.
    public var malformed = 0
    /// Credentials refused, by reason.
    public var refused: [CredentialRefusal.Code: Int] = [:]
    /// Requests whose credential does not allow them.
    public var insufficient = 0
    /// Requests turned away because nobody could tell.
    public var unavailable = 0
    /// Everything that was refused, by reason: every reason there is, those that never occurred too. The names are for metrics.
    public var refusals: [String: Int] {
        var all = ["missing": missing, "malformed_request": malformed, "insufficient_scope": insufficient, "unavailable": unavailable]
        for code in CredentialRefusal.Code.allCases { all[code.label] = refused[code] ?? 0 }
        return all
    }

    /// Credentials remembered now, with those whose time is over and that nobody has asked for since.
    public var remembered = 0
}
