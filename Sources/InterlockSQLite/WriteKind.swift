/// What a transaction is to whoever waits for it, which says for how long that is.
enum WriteKind: Sendable, CaseIterable {
    /// Stands in the way of every call, and a rule answers in its stead: waits for the least.
    case decision
    /// Is asked for by a call that can be refused: nothing has been done yet, or it can be done again.
    case request
    /// Settles what has been done, and is told to nobody a second time: waits for the longest, and is tried whatever became of others.
    case settlement
}
