/// A fault that a server can have, one at a time: what `interlock doctor` and `interlock leak` must find from outside.
enum Fault: String, CaseIterable {
    case none
    /// Keeps a kilobyte of each call.
    case leakCall = "leak-call"
    /// Keeps 50 KB of each session.
    case leakSession = "leak-session"
    /// Keeps 10 KB a second without any call.
    case leakIdle = "leak-idle"
    /// Keeps four kilobytes of each call, and stops after 600 of them: a cache, no leak.
    case cache
    /// One call at a time.
    case serialise
    /// Blocks the thread that serves everybody for 200 ms in one call of a hundred.
    case stall
    /// Computes on the thread that serves everybody.
    case hash
    /// Waits for something slow that many may ask at once.
    case upstream
    /// Does not know a session that nobody has ended, every fourth time.
    case forget
    /// Adds a listener with each call, and takes none away.
    case listeners
    /// Makes an entry for each request, and deletes none.
    case entries
    /// Keeps each answer in a cache without a bound.
    case unbounded
    /// Starts a timer with each call that sets itself again.
    case timers
}
