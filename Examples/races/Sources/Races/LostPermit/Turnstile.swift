/// Lets so many callers in at a time; the rest wait in line, and may give up.
public protocol Turnstile: Sendable {
    /// Makes a turnstile with all permits free.
    init(permits: Int)

    /// Runs `body` while holding a permit.
    ///
    /// - Throws: when the task is cancelled in line.
    func enter(_ body: @Sendable () async -> Void) async throws
}
