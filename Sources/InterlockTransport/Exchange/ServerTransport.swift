/// A way for clients to reach a server: listens, frames, and hands messages to the runtime.
///
/// `TransportConformance` in `InterlockTesting` says when an implementation, with its client's end, is done.
public protocol ServerTransport: Sendable {
    /// Serves until the transport ends by itself (stdio at EOF), the task is cancelled, or a graceful shutdown has finished.
    ///
    /// Cancelling ends it at once; ``beginGracefulShutdown()`` lets what is in flight finish first.
    func run(_ runtime: any ServerRuntime) async throws

    /// Takes no new work from now on and lets `run` return when what is in flight has finished. Signals and returns. Idempotent.
    func beginGracefulShutdown()
}
