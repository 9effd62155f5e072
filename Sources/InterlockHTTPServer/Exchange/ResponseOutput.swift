import NIOCore

/// What a channel, of either HTTP version, does for the request on it. Event loop only.
protocol ResponseOutput: AnyObject {
    /// Whether the peer will send nothing more, though it may still read.
    var peerClosedInput: Bool { get }

    /// Tells the peer that it may send the body (`Expect: 100-continue`).
    func writeContinue()

    /// Writes a whole response. Flushes by itself, or with the burst of reads it falls into.
    func writeResponse(_ head: ResponseHead, body: [UInt8]?)

    /// Writes the head of a response whose body follows by ``writeBody(_:promise:)``; `length` is `nil` for an event stream.
    func writeHead(_ head: ResponseHead, length: Int?)

    /// Writes a piece of the body.
    func writeBody(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>?)

    /// Ends the body.
    func writeEnd()

    func flush()

    /// The response is written. `bodyWasRead` is false if the request's body was not waited for.
    func requestFinished(bodyWasRead: Bool)

    /// Starts or stops taking in more of the request.
    func readingChanged()

    /// Ends the connection or stream at once.
    func abort()
}
