/// A kind of hazard that can be read off the source.
///
/// The raw value is the name by which a comment allows it: `// interlock:allow stale-state because …`.
public enum AuditRule: String, Sendable, Hashable, Codable, CaseIterable {
    /// Shared state that is read, then a suspension, then a write that relies on what was read.
    case staleState = "stale-state"
    /// "Is it there? No? Then make it", with room between the two for another to do the same.
    case checkThenCreate = "check-then-create"
    /// A promise to the compiler that nobody can check, without a comment `// SAFETY: …` why it holds.
    case uncheckedPromise = "unchecked-promise"
    /// A stored collection or a buffer that only grows.
    case unboundedGrowth = "unbounded-growth"
    /// A password hash or a pattern that backtracks, on a thread that all calls share.
    case blockingWork = "blocking-work"
    /// A permit or lock that some path out of the function keeps.
    case lostPermit = "lost-permit"
    /// Closing what another call may be using.
    case sharedTeardown = "shared-teardown"
    /// A comment that allows a hazard and does not say why.
    case allowWithoutReason = "allow-without-reason"

    /// Why it is a hazard, in a sentence or two.
    public var hazard: String {
        switch self {
        case .staleState:
            "While the function is suspended other calls run, on an actor too, and may change what was read: the write then undoes "
                + "theirs, or acts on a condition that no longer holds."
        case .checkThenCreate:
            "Two calls can both find it absent before either has made it: the work is done twice, and the second replaces the first."
        case .uncheckedPromise:
            "The compiler checks nothing here from now on; the next change breaks the promise unless it is written down."
        case .unboundedGrowth:
            "What grows with every call and never shrinks takes the server's memory in the end."
        case .blockingWork:
            "It holds one of the few threads that all calls share for as long as it runs; a pattern that backtracks may run for ever."
        case .lostPermit:
            "An error or a cancellation between the two leaves the permit taken: each one lost is one fewer, until nothing runs."
        case .sharedTeardown:
            "Other calls may be using it at that instant: theirs fail because this one has ended."
        case .allowWithoutReason:
            "The next reader cannot tell whether the exception still holds."
        }
    }

    /// The line or the change that removes it.
    public var remedy: String {
        switch self {
        case .staleState: "`.exclusive(by:)` on the tool, or write before the first `await`, or read again after it"
        case .checkThenCreate:
            "`.cache(entries:ttl:)` or `.coalesce()` on the tool, `SingleFlight` or `.exclusive(by:)`; for files `AtomicFile.createIfAbsent`"
        case .uncheckedPromise: "a comment `// SAFETY: …` beside or above it that says what makes it safe, or a `Mutex`"
        case .unboundedGrowth: "`LRUCache` or `RingBuffer`, `.cache(entries:ttl:)` on the tool, or a bound and a policy for when it is reached"
        case .blockingWork: "`.onWorkers()` on the tool, or `WorkerPool.run`"
        case .lostPermit: "`Limiter.withPermit` or `AsyncMutex.withLock`, `.concurrency(_:)` or `.exclusive(by:)` on the tool, or `defer` at once"
        case .sharedTeardown: "let the owner close it at shutdown; for something of its own per call, borrow from a `ResourcePool`"
        case .allowWithoutReason: "write `// interlock:allow RULE because …`"
        }
    }
}
