public import InterlockConcurrency
internal import InterlockJSON
internal import InterlockProtocol
public import InterlockTransport
public import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A server on standard input and output: newline-delimited JSON-RPC with the process that started it.
///
/// One thread sleeps until there is input, frames it and hands each message to the runtime, so a handler that runs
/// inline answers without leaving that thread. While the client does not take its answers nothing more is read from it, so
/// that what waits for it is bounded by ``StdioServerConfiguration/byteBudget`` and the answers to calls in flight. See <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports>.
public final class StdioServerTransport: ServerTransport {
    private enum End: Sendable {
        case endOfInput, shutdown, cancelled
        case outputEnded(TransportError?)
    }

    private let streams: Result<StandardStreams, TransportError>
    private let configuration: StdioServerConfiguration
    private let clock: any SchedulingClock
    private let logger: Logger
    private let end = OneShot<End>()
    private let hasRun = Atomic(false)

    /// Takes over the protocol's two descriptors: private copies are made at once, and the process's own standard
    /// streams are moved out of the way if the configuration says so. The descriptors' flags are left as they are.
    ///
    /// Writing to a closed pipe becomes an error in this process instead of its end (`SIGPIPE` is ignored unless handled).
    public init(
        input: Int32 = 0, output: Int32 = 1, configuration: StdioServerConfiguration = StdioServerConfiguration(),
        clock: any SchedulingClock = SystemClock.shared, logger: Logger = Logger(label: "interlock.stdio")
    ) {
        ignoreBrokenPipeSignal()
        self.streams = Result { () throws(TransportError) in
            try StandardStreams(input: input, output: output, isolating: configuration.isolatesStandardStreams)
        }
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
    }

    /// Serves the one client until end of input, a graceful shutdown, or cancellation. Call once.
    ///
    /// At end of input what was received is finished, answered and flushed before this returns. Throws ``TransportError``
    /// when the descriptors cannot be used, the runtime takes no connection, or the client stopped reading; the end of its input is not
    /// seen while it does not read its answers.
    public func run(_ runtime: any ServerRuntime) async throws {
        guard !hasRun.exchange(true, ordering: .acquiringAndReleasing) else {
            throw TransportError(.misuse, "run was called twice on one stdio transport; its descriptors are spent, start a new process")
        }
        let streams = try self.streams.get()
        let outputEnded = OneShot<TransportError?>()
        let writer = PipeWriter(
            descriptor: streams.output, isNonBlocking: false, byteBudget: configuration.byteBudget,
            writeDeadline: configuration.writeDeadline, clock: clock
        ) { [end] error in
            outputEnded.resolve(error)
            end.resolve(.outputEnded(error))
        }
        let sink = StdioSink(writer: writer)
        let wake = try WakePipe()
        let peer = try runtime.connect(Connection(kind: .stdio), principal: configuration.principal, outbound: sink)
        let readerStopped = OneShot<Void>()
        try PosixThread.start(named: "interlock-stdio") { [self] in
            readLines(from: streams.input, wake: wake, peer: peer, sink: sink, writer: writer)
            streams.input.close()
            readerStopped.resolve(())
        }

        switch await end.wait(onCancel: { .cancelled }) {
        case .endOfInput, .shutdown:
            wake.signal()
            await readerStopped.wait()
            await peer.finish()
            sink.close()
            if let error = await outputEnded.wait(onCancel: {
                let error = TransportError(.closed, "the server was stopped before everything was written")
                writer.fail(error)
                return error
            }) {
                logger.notice("answers could not be written", metadata: ["error": "\(error)"])
            }
        case .cancelled:
            wake.signal()
            peer.disconnected(finishing: false)
            writer.fail(TransportError(.closed, "the server was stopped"))
        case .outputEnded(let error):
            wake.signal()
            peer.disconnected(finishing: false)
            sink.peerIsGone()
            await peer.drained()
            if let error {
                logger.notice("the client is gone", metadata: ["error": "\(error)"])
                if error.code == .peerTooSlow { throw error }
            }
        }
    }

    /// Reads nothing more; what is in flight is finished, answered and flushed, then ``run(_:)`` returns.
    public func beginGracefulShutdown() {
        end.resolve(.shutdown)
    }

    private func readLines(from input: Descriptor, wake: WakePipe, peer: any ConnectedPeer, sink: StdioSink, writer: PipeWriter) {
        var framer = LineFramer(maximumLength: configuration.maximumMessageBytes)
        // What was read when reading is to end is handed over without another wait.
        var isEnding = false
        let handle: (LineFramer.Line) -> Void = { [self] line in
            switch line {
            case .message(let bytes): peer.receive(bytes)
            case .oversize(let length): refuse(length, sink)
            }
            if !isEnding, writer.isNearlyFull { isEnding = waitForRoom(writer, wake: wake) }
        }
        let wasWoken = ReadLoop.run([ReadLoop.Source(descriptor: input.number) { [logger] event in
            switch event {
            case .bytes(let bytes):
                framer.feed(bytes, handle)
            case .end(let code):
                framer.finish(handle)
                if let code { logger.error("standard input failed", metadata: ["errno": "\(code)"]) }
            }
        }], wake: wake)
        if !wasWoken { end.resolve(.endOfInput) }
    }

    /// Keeps the reader's thread until the client has taken enough, is gone, or reading ends. Returns whether it ends.
    private func waitForRoom(_ writer: PipeWriter, wake: WakePipe) -> Bool {
        // Without a descriptor to wait on it cannot sleep; the next message tries again.
        guard let room = try? WakePipe() else { return false }
        logger.debug("the client does not take its answers: nothing more is read until it does")
        // Not awaited: it ends with the client's reading, or at the write deadline with the writer.
        Task {
            try? await writer.writable()
            room.signal()
        }
        return room.wait(or: wake)
    }

    private func refuse(_ length: Int, _ sink: StdioSink) {
        logger.warning("a message was too long and was skipped", metadata: ["bytes": "\(length)", "limit": "\(configuration.maximumMessageBytes)"])
        let error = ProtocolError(
            code: .invalidRequest,
            message: "a message of \(length) bytes was skipped: the limit is \(configuration.maximumMessageBytes) bytes; send less, or raise the server's maximumMessageBytes (--max-body-bytes)"
        )
        // A client that does not read has other troubles than this refusal; it is logged above.
        _ = sink.send(OutboundEvent(data: JSONRPC.error(id: nil, error)))
    }
}
