import Synchronization

/// The tally of one round, which all its lanes write.
final class SharedTally: Sendable {
    private let tally = Mutex(RoundTally())

    /// Reads or changes the tally while nobody else does.
    func withLock<Result: Sendable>(_ body: (inout RoundTally) -> Result) -> Result { tally.withLock { body(&$0) } }
}
