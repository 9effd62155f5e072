import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
@testable import InterlockStdio
import InterlockTransport
import Logging
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The client's ends of a server's two pipes, used by blocking calls on threads of their own.
private final class Pipes: Sendable {
    let toServer: (read: Descriptor, write: Descriptor)
    let fromServer: (read: Descriptor, write: Descriptor)

    init() throws {
        toServer = try Descriptor.pipe()
        fromServer = try Descriptor.pipe()
    }

    func write(_ text: String) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { posixWrite(toServer.write.number, $0.baseAddress! + offset, bytes.count - offset) }
            guard count > 0 else { return }
            offset += count
        }
    }

    /// Writes on a thread of its own.
    func writeInBackground(_ text: String, thenClose: Bool = false) throws {
        try PosixThread.start(named: "test-write") { [self] in
            write(text)
            if thenClose { toServer.write.close() }
        }
    }

    /// Everything the server writes until it closes.
    func readToEnd() async throws -> [UInt8] {
        let done = OneShot<[UInt8]>()
        try PosixThread.start(named: "test-read") { [self] in
            var all: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(fromServer.read.number, &buffer, buffer.count)
                if count <= 0 { break }
                all += buffer[..<count]
            }
            done.resolve(all)
        }
        return await done.wait()
    }
}

/// Shows each message of a log.
private struct NoticingHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug
    let onMessage: @Sendable (String) -> Void

    init(_ onMessage: @escaping @Sendable (String) -> Void) { self.onMessage = onMessage }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { onMessage("\(event.message)") }
}

private func posixWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

@Suite("A server on standard input and output", .timeLimit(.minutes(5)))
struct StdioServerTransportTests {
    private func request(_ id: Int, _ params: String = "{}") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"m","params":\#(params)}"# + "\n"
    }

    private func transport(
        _ pipes: Pipes, configuration: StdioServerConfiguration = StdioServerConfiguration(), clock: any SchedulingClock = SystemClock.shared,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) -> StdioServerTransport {
        let transport = StdioServerTransport(
            input: pipes.toServer.read.number, output: pipes.fromServer.write.number, configuration: configuration, clock: clock, logger: logger
        )
        // The transport has copies: only those keep the pipes open now.
        pipes.toServer.read.close()
        pipes.fromServer.write.close()
        return transport
    }

    private func ids(_ bytes: [UInt8]) throws -> [Int64] {
        try bytes.split(separator: 0x0A).compactMap { line in
            if case .integer(let id) = try ScannedMessage.scan(Array(line)).id { id } else { nil }
        }
    }

    @Test("Every request before the end of input is answered, then run returns and the output ends")
    func endOfInput() async throws {
        let pipes = try Pipes()
        let transport = transport(pipes)
        let runtime = LineRuntime.echo()
        async let output = pipes.readToEnd()
        try pipes.writeInBackground((1...100).map { request($0) }.joined() + "  \n" + request(101).dropLast(), thenClose: true)
        try await transport.run(runtime)
        #expect(try ids(await output) == Array(1...101))
        #expect(runtime.disconnects == [true])
    }

    @Test("A client that asks and does not read is not read from: no answer is refused for want of room, and all come when it reads", arguments: [
        (10, 8_192), (1_000, 8_192), (100, 220_000),
    ])
    func deafClient(requests: Int, size: Int) async throws {
        let pipes = try Pipes()
        let isHeld = OneShot<Bool>()
        let logger = Logger(label: "test") { _ in NoticingHandler { if $0.contains("nothing more is read") { isHeld.resolve(true) } } }
        let transport = transport(pipes, configuration: StdioServerConfiguration(byteBudget: 256 << 10), logger: logger)
        let refused = Atomic(0)
        let pad = String(repeating: "x", count: size)
        let owed = Mutex<[Task<Void, any Error>]>([])
        let runtime = LineRuntime(drain: { for task in owed.withLock({ $0 }) { try? await task.value } }) { bytes, sink in
            guard let message = try? ScannedMessage.scan(bytes), case .integer(let id) = message.id else { return }
            let event = OutboundEvent(data: Array(#"{"jsonrpc":"2.0","id":\#(id),"result":{"pad":"\#(pad)"}}"#.utf8))
            if sink.send(event) != .sent {
                refused.add(1, ordering: .relaxed)
                // As the core does with the last word of a call.
                let task = Task { repeat { try await sink.writable() } while sink.send(event) == .full }
                owed.withLock { $0.append(task) }
            }
            // The control: where nobody holds it, the last request comes without any answer having been read.
            if id == requests { isHeld.resolve(false) }
        }
        let running = Task { try await transport.run(runtime) }
        try pipes.writeInBackground((1...requests).map { request($0) }.joined(), thenClose: true)
        // Ten answers find room, a thousand do not; and of answers of which one takes more than half of the budget the second is refused, and no more of them.
        #expect(await isHeld.wait() == (requests > 10))
        let lines = runtime.lines, refusedBefore = refused.load(ordering: .relaxed)
        #expect(requests == 10 ? lines == 10 : lines <= (256 + 64 + 16) / 8, "\(lines) requests were taken")
        #expect(size < 100_000 ? refusedBefore == 0 : refusedBefore <= 1 && lines <= 3, "\(lines) were taken, \(refusedBefore) answers refused")
        #expect(try ids(await pipes.readToEnd()).sorted() == Array(1...Int64(requests)))
        try await running.value
    }

    @Test("A server that is to end while its client does not read waits for it once, however much it has taken", arguments: [true, false])
    func endingWhileHeld(isCancelled: Bool) async throws {
        let pipes = try Pipes()
        let isHeld = OneShot<Void>(), holds = Atomic(0)
        let logger = Logger(label: "test") { _ in
            NoticingHandler {
                guard $0.contains("nothing more is read") else { return }
                holds.add(1, ordering: .relaxed)
                isHeld.resolve(())
            }
        }
        let transport = transport(pipes, configuration: StdioServerConfiguration(byteBudget: 64 << 10), logger: logger)
        let pad = String(repeating: "x", count: 4_096)
        let runtime = LineRuntime { bytes, sink in _ = sink.send(OutboundEvent(data: Array(#"{"jsonrpc":"2.0","id":1,"result":"\#(pad)"}"#.utf8))) }
        let running = Task { try await transport.run(runtime) }
        // More lines in one read than there is room for answers.
        try pipes.writeInBackground((1...500).map { request($0) }.joined())
        await isHeld.wait()
        if isCancelled { running.cancel() } else { transport.beginGracefulShutdown() }
        // Reading has been told to end before anything makes room.
        await runtime.firstDisconnect.wait()
        async let output = pipes.readToEnd()
        try? await running.value
        let written = try await output
        #expect(isCancelled || !written.isEmpty)
        let count = holds.load(ordering: .relaxed)
        #expect(count == 1)
        pipes.toServer.write.close()
    }

    @Test("At the end of input calls in flight are finished and answered")
    func finishing() async throws {
        let pipes = try Pipes()
        let transport = transport(pipes)
        let gate = Gate()
        let sink = Mutex<(any EventSink)?>(nil)
        let runtime = LineRuntime(drain: {
            try? await gate.wait()
            _ = sink.withLock { $0 }?.send(OutboundEvent(data: Array(#"{"jsonrpc":"2.0","id":1,"result":{}}"#.utf8)))
        }, onLine: { _, outbound in sink.withLock { $0 = outbound } })
        async let output = pipes.readToEnd()
        try pipes.writeInBackground(request(1), thenClose: true)
        let running = Task { try await transport.run(runtime) }
        try await gate.waitForWaiters(1)
        gate.open()
        try await running.value
        #expect(try ids(await output) == [1])
    }

    @Test("A graceful shutdown reads no more, finishes, and returns")
    func shutdown() async throws {
        let pipes = try Pipes()
        let transport = transport(pipes)
        let runtime = LineRuntime.echo()
        async let output = pipes.readToEnd()
        let running = Task { try await transport.run(runtime) }
        _ = await runtime.connected.wait()
        transport.beginGracefulShutdown()
        transport.beginGracefulShutdown()
        try await running.value
        #expect(try await output.isEmpty)
        #expect(runtime.disconnects == [true])
        await #expect(throws: TransportError.self) { try await transport.run(runtime) }
    }

    @Test("Cancelling ends at once and cancels what is in flight")
    func cancel() async throws {
        let pipes = try Pipes()
        let transport = transport(pipes)
        let runtime = LineRuntime.echo()
        let running = Task { try await transport.run(runtime) }
        _ = await runtime.connected.wait()
        running.cancel()
        try await running.value
        #expect(runtime.disconnects == [false])
    }

    @Test("A message over the limit is answered with an error, and the next one is served")
    func oversize() async throws {
        let pipes = try Pipes()
        let transport = transport(pipes, configuration: StdioServerConfiguration(maximumMessageBytes: 100))
        async let output = pipes.readToEnd()
        try pipes.writeInBackground(request(1, "[\(String(repeating: "1,", count: 100))1]") + request(2), thenClose: true)
        try await transport.run(LineRuntime.echo())
        let lines = try await output.split(separator: 0x0A).map { try ScannedMessage.scan(Array($0)) }
        try #require(lines.count == 2)
        #expect(lines[0].id == nil)
        #expect(lines[0].error?["code"]?.int == -32600)
        #expect(lines[1].id == .integer(2))
    }

    @Test("Lines of many threads, small and far larger than the pipe, never interleave")
    func manyWriters() async throws {
        let pipes = try Pipes()
        let transport = transport(pipes, configuration: StdioServerConfiguration(byteBudget: 64 << 20))
        let runtime = LineRuntime { _, _ in }
        async let output = pipes.readToEnd()
        let running = Task { try await transport.run(runtime) }
        let sink = await runtime.connected.wait()
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<8 {
                group.addTask {
                    for number in 0..<40 {
                        let filler = String(repeating: "x", count: number % 10 == 0 ? 200_000 : number)
                        let line = #"{"jsonrpc":"2.0","id":\#(lane * 1000 + number),"result":"\#(filler)"}"#
                        #expect(sink.send(OutboundEvent(data: Array(line.utf8))) == .sent)
                    }
                }
            }
        }
        pipes.toServer.write.close()
        try await running.value
        let received = try ids(await output)
        #expect(received.count == 320)
        for lane in 0..<8 { #expect(received.filter { Int($0) / 1000 == lane } == (0..<40).map { Int64(lane * 1000 + $0) }) }
    }

    @Test("A client that does not read fills the budget, blocks nobody, and is given up at the deadline")
    func slowClient() async throws {
        let pipes = try Pipes()
        let clock = ManualClock()
        let transport = transport(pipes, configuration: StdioServerConfiguration(byteBudget: 300_000, writeDeadline: .seconds(5)), clock: clock)
        let runtime = LineRuntime { _, _ in }
        let running = Task { try await transport.run(runtime) }
        let sink = await runtime.connected.wait()
        let isGone = OneShot<Bool>()
        sink.onDisconnect { isGone.resolve(true) }
        let event = OutboundEvent(data: [UInt8](repeating: 0x31, count: 200_000))
        var outcomes: [SendOutcome] = []
        while outcomes.last != .full { outcomes.append(sink.send(event)) }
        #expect(outcomes.count < 5)
        let waiting = Task { try await sink.writable() }
        pipes.write(request(1))
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(5))
        await #expect(throws: TransportError.self) { try await waiting.value }
        let error = await #expect(throws: TransportError.self) { try await running.value }
        #expect(error?.code == .peerTooSlow)
        #expect(await isGone.wait())
        #expect(sink.send(event) == .closed)
    }

    @Test("A client that closes its end is noticed when it is written to")
    func brokenPipe() async throws {
        let pipes = try Pipes()
        let transport = transport(pipes)
        let runtime = LineRuntime.echo()
        let running = Task { try await transport.run(runtime) }
        _ = await runtime.connected.wait()
        pipes.fromServer.read.close()
        // More than one line: a child that another test is just starting may still hold a copy of the read end. The last
        // write fails when the server has closed its input.
        try pipes.writeInBackground(String(repeating: request(1), count: 100_000))
        try await running.value
        #expect(runtime.disconnects == [false])
    }

    @Test("A newline inside a message that was passed through becomes a space")
    func newlines() {
        #expect(Array("{\r\n\"a\":1}".utf8).line == Array("{  \"a\":1}\n".utf8))
    }

    @Test("The process's own streams are led elsewhere, so a stray print or a child cannot damage the protocol")
    func isolation() throws {
        let pipes = try Pipes()
        let errors = try Descriptor.pipe()
        let numbers = StandardStreams.Numbers(input: pipes.toServer.read.number, output: pipes.fromServer.write.number, error: errors.write.number)
        let streams = try StandardStreams(input: numbers.input, output: numbers.output, isolating: true, standard: numbers)
        #expect(file(numbers.output) == file(errors.write.number))
        #expect(file(numbers.input) != file(streams.input.number))
        var byte: UInt8 = 0
        #expect(read(numbers.input, &byte, 1) == 0)
        #expect(posixWrite(streams.output.number, [UInt8(ascii: "x")], 1) == 1)
        #expect(read(pipes.fromServer.read.number, &byte, 1) == 1)
        pipes.write("y")
        #expect(read(streams.input.number, &byte, 1) == 1)
        #expect(byte == UInt8(ascii: "y"))
    }

    /// Which file a descriptor leads to.
    private func file(_ descriptor: Int32) -> [UInt64] {
        var status = stat()
        fstat(descriptor, &status)
        return [UInt64(status.st_dev), UInt64(status.st_ino)]
    }
}
