internal import InterlockConcurrency
internal import InterlockJSON
internal import InterlockTransport
internal import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One run of a child: its process, its writer, and the thread that reads what it says.
final class ChildSession: Sendable {
    private struct State {
        var tail: ErrorTail
        /// Why the child is being ended before anybody asked it to; becomes part of the report.
        var reason: String?
        /// What in-flight requests were told; `nil` until they were.
        var report: TransportError?
    }

    private let command: String
    private let state: Mutex<State>
    private let process: ChildProcess
    private let writer: PipeWriter
    private let logger: Logger
    private let onErrorLine: (@Sendable (String) -> Void)?
    private let receiver: any ClientReceiver
    private let maximumMessageBytes: Int

    /// Whether nothing is read of what the child answers.
    private let isPaused = Atomic(false)

    var processIdentifier: Int32 { process.identifier }
    var unsentBytes: Int { writer.unsentBytes }

    func setPaused(_ isPaused: Bool) { self.isPaused.store(isPaused, ordering: .relaxed) }

    static func start(
        _ command: ServerCommand, configuration: StdioClientConfiguration, clock: any SchedulingClock, logger: Logger,
        onErrorLine: (@Sendable (String) -> Void)?, receiver: any ClientReceiver
    ) async throws(TransportError) -> ChildSession {
        let input = try Descriptor.pipe()
        let output = try Descriptor.pipe()
        let errors = try Descriptor.pipe()
        for end in [input.write, output.read, errors.read] { end.setNonBlocking() }
        let wake = try WakePipe()
        let inputBroke = DisconnectAction()
        let writer = PipeWriter(
            descriptor: input.write, isNonBlocking: true, byteBudget: configuration.byteBudget,
            writeDeadline: configuration.writeDeadline, clock: clock
        ) { error in
            if error != nil { inputBroke.peerIsGone() }
        }
        let process = try await ChildProcess.start(
            command, configuration: configuration, clock: clock,
            input: input.read, output: output.write, error: errors.write,
            hooks: ChildProcess.Hooks(
                closeInput: { writer.fail(TransportError(.closed, "the server is being ended")) },
                stopReading: { wake.signal() }
            )
        )
        let session = ChildSession(
            command, configuration: configuration, logger: logger, onErrorLine: onErrorLine, receiver: receiver, process: process, writer: writer
        )
        do throws(TransportError) {
            try PosixThread.start(named: "interlock-child") { session.read(output.read, errors.read, wake) }
        } catch {
            process.beginTeardown()
            throw error
        }
        inputBroke.register { [weak session] in session?.giveUp("stopped reading its input") }
        return session
    }

    private init(
        _ command: ServerCommand, configuration: StdioClientConfiguration, logger: Logger,
        onErrorLine: (@Sendable (String) -> Void)?, receiver: any ClientReceiver, process: ChildProcess, writer: PipeWriter
    ) {
        self.command = command.executable
        self.state = Mutex(State(tail: ErrorTail(maximumLines: configuration.keptErrorLines)))
        self.process = process
        self.writer = writer
        self.logger = logger
        self.onErrorLine = onErrorLine
        self.receiver = receiver
        self.maximumMessageBytes = configuration.maximumMessageBytes
    }

    func send(_ message: [UInt8]) async throws {
        let line = message.line
        while true {
            switch writer.send(line) {
            case .sent: return
            case .full: try await writer.writable()
            case .closed: throw state.withLock { $0.report } ?? TransportError(.closed, "'\(command)' takes no more messages: it has exited or is being ended")
            }
        }
    }

    /// Fails what is in flight and begins the ladder.
    func beginClose() {
        report(TransportError(.closed, "the client was closed"))
        setPaused(false)
        process.beginTeardown()
    }

    /// Ends the child; returns when it is reaped.
    func close() async {
        beginClose()
        await process.reaped()
    }

    // MARK: - What the child says

    /// Runs on the child's reader thread until the child is gone.
    private func read(_ output: Descriptor, _ errors: Descriptor, _ wake: WakePipe) {
        var messages = LineFramer(maximumLength: maximumMessageBytes)
        var errorLines = LineFramer(maximumLength: Self.maximumErrorLineBytes)
        var openPipes = 2
        let handleOutput: (ReadLoop.Event) -> Void = { [self] event in
            switch event {
            case .bytes(let bytes):
                messages.feed(bytes, receive)
            case .end:
                messages.finish(receive)
                openPipes -= 1
                if openPipes == 0 { process.pipesClosed() } else { giveUp("closed its standard output") }
            }
        }
        let handleErrors: (ReadLoop.Event) -> Void = { [self] event in
            switch event {
            case .bytes(let bytes):
                errorLines.feed(bytes, noteErrorLine)
            case .end:
                errorLines.finish(noteErrorLine)
                openPipes -= 1
                if openPipes == 0 { process.pipesClosed() }
            }
        }
        let handleExit: (ReadLoop.Event) -> Void = { [self] _ in
            // What the child wrote before it exited is still in the pipes; it comes before the news.
            ReadLoop.drain(output.number) { handleOutput(.bytes($0)) }
            ReadLoop.drain(errors.number) { handleErrors(.bytes($0)) }
            setPaused(false)
            reportExit(ChildExit.peek(process.identifier))
            process.exited()
        }
        _ = ReadLoop.run([
            ReadLoop.Source(descriptor: output.number, isPaused: { [self] in isPaused.load(ordering: .relaxed) }, handle: handleOutput),
            ReadLoop.Source(descriptor: errors.number, handle: handleErrors),
            ReadLoop.Source(descriptor: process.exitSignal.number, isSignal: true, handle: handleExit),
        ], wake: wake)
    }

    /// The longest line of standard error that is passed on whole.
    private static let maximumErrorLineBytes = 65_536

    private func receive(_ line: LineFramer.Line) {
        switch line {
        case .message(let bytes):
            do throws(JSONRPCScanError) {
                try receiver.received(bytes: bytes, limits: JSONLimits(maximumBytes: maximumMessageBytes))
            } catch {
                logger.warning("the server wrote a line that is no JSON-RPC message", metadata: [
                    "server": "\(command)", "error": "\(error)", "line": "\(String(decoding: bytes.prefix(200), as: UTF8.self))",
                ])
            }
        case .oversize(let length):
            logger.warning("a message of the server was too long and was skipped", metadata: [
                "server": "\(command)", "bytes": "\(length)", "limit": "\(maximumMessageBytes)",
            ])
        }
    }

    private func noteErrorLine(_ line: LineFramer.Line) {
        let text = switch line {
        case .message(let bytes): String(decoding: bytes, as: UTF8.self)
        case .oversize(let length): "(a line of \(length) bytes)"
        }
        state.withLock { $0.tail.append(text) }
        if let onErrorLine {
            onErrorLine(text)
        } else {
            logger.debug("standard error", metadata: ["server": "\(command)", "line": "\(text)"])
        }
    }

    // MARK: - The end

    /// The child cannot be talked to any more though it runs: it is ended, and the report says why.
    private func giveUp(_ reason: String) {
        state.withLock { if $0.reason == nil { $0.reason = reason } }
        setPaused(false)
        process.beginTeardown()
    }

    private func reportExit(_ exit: ChildExit?) {
        let (reason, clause) = state.withLock { ($0.reason, $0.tail.clause) }
        let how = exit?.description ?? "exited"
        report(TransportError(.closed, "the server '\(command)' \(reason.map { "\($0) and " } ?? "")\(how)\(clause)"))
    }

    /// Tells the client once.
    private func report(_ error: TransportError) {
        let isFirst = state.withLock { state in
            guard state.report == nil else { return false }
            state.report = error
            return true
        }
        if isFirst { receiver.disconnected(error) }
    }
}
