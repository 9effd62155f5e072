/// What a pool of worker processes does with one of them. The pool calls one of these at a time, but for ``kill()``.
package protocol PooledProcess: Sendable {
    /// Gives it work and waits for the answer; ends soon after it was killed.
    func call(_ input: [UInt8]) async throws -> [UInt8]

    /// Stops it at once, whatever it is doing. From any thread, also when it has ended.
    func kill()

    /// Whether it can be given work: it lives, and has said nothing that nobody asked for. Never asked during a call.
    var isReady: Bool { get }

    /// Gives back the memory that large calls have left.
    func empty()

    /// Kills it, and returns when the system has forgotten it. Called once.
    func end() async
}
