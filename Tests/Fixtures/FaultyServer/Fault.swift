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
    /// One call at a time, of six milliseconds each.
    case lock
    /// Blocks the thread that serves everybody for 30 ms in each call of `work`.
    case block
    /// Computes, beside the thread that serves everybody.
    case compute
    /// Ends its process on its hundredth call.
    case exit
    /// Opens a descriptor with each call, and closes none.
    case leakDescriptor = "leak-fd"
    /// Starts a thread with each call that never ends.
    case leakThread = "leak-thread"
    /// Starts a process with each call that ends with this one.
    case leakChild = "leak-child"
    /// Keeps 8 KB of each call that is cancelled.
    case leakCancel = "leak-cancel"
    /// Keeps 8 KB of each call of a tool that does not exist.
    case leakError = "leak-error"
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
