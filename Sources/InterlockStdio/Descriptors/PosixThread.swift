internal import InterlockConcurrency
internal import InterlockTransport

/// A thread of its own for calls that block.
enum PosixThread {
    /// Starts a detached thread that runs `body` and ends with it.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(TransportError) {
        do throws(ThreadStartError) {
            try OperatingSystem.startThread(named: name, body)
        } catch {
            throw systemError(error.description, error.code)
        }
    }
}
