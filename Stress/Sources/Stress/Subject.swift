import InterlockConcurrency

/// What a primitive says of itself: everybody who asked ended in exactly one of the first four.
struct Balance: Equatable {
    var granted = 0
    var refused = 0
    var expired = 0
    var cancelled = 0
    var active = 0
    var waiting = 0
}

/// One primitive under stress. Its closures may be called from any task.
struct Subject: Sendable {
    let name: String
    /// The most that may be inside at a time, whatever it is resized to.
    let most: Int
    /// Asks for entry and runs the body inside; throws ``AcquireError`` when it was not let in.
    let enter: @Sendable (_ random: UInt64, _ deadline: MonotonicTime?, _ body: @Sendable () async -> Void) async throws -> Void
    /// Changes its size, clears its queue, and the like. Returns how many waiters it has put out itself.
    let disturb: @Sendable (_ random: UInt64) async -> Void
    /// Makes room for everybody again, after the disturbances.
    let restore: @Sendable () async -> Void
    let drain: @Sendable () async -> Bool
    /// Takes everything there is at once, without waiting, and gives it back; `false` when something is missing.
    let takeAll: @Sendable () async -> Bool
    let balance: @Sendable () -> Balance
    /// Waits for what it does in the background when nobody asks any more; gives up after a while, and the counts tell.
    var settle: @Sendable () async -> Void = {}
    /// Whether its counters tell every outcome apart; those of some primitives count what they do and not who asked.
    var countsEverything = true
}
