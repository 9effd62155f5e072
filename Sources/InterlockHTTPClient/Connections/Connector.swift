internal import NIOCore

/// Makes what requests run on: connections of their own over HTTP/1.1, streams of a shared one over HTTP/2.
protocol Connector: Sendable {
    /// Makes one. Called from any thread.
    func connect() -> EventLoopFuture<HTTPConnection>

    /// Gives up what is being made and waits for the server; nothing more will be wanted.
    func stop()

    /// Ends what the connections shared, after they have been closed.
    func close() async
}
