import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
import InterlockStdio
import InterlockTransport
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Remembers what arrives and lets a test wait for it.
private final class Inbox: ClientReceiver {
    private struct State {
        var messages: [ScannedMessage] = []
        var error: TransportError?
        var watchers: [(count: Int, waiter: Waiter<Void>)] = []
    }

    private let state = Mutex(State())
    private let ended = OneShot<TransportError>()

    var messages: [ScannedMessage] { state.withLock { $0.messages } }
    var error: TransportError? { state.withLock { $0.error } }

    func received(_ message: ScannedMessage, on request: RequestID?) {
        let due = state.withLock { state in
            state.messages.append(message)
            let due = state.watchers.filter { $0.count <= state.messages.count }
            state.watchers.removeAll { $0.count <= state.messages.count }
            return due
        }
        for watcher in due { watcher.waiter.resolve(()) }
    }

    func failed(_ request: RequestID, _ error: TransportError) {}

    func disconnected(_ error: TransportError) {
        state.withLock { $0.error = error }
        ended.resolve(error)
    }

    func waitForMessages(_ count: Int) async {
        let waiter = Waiter<Void>()
        let isThere = state.withLock { state in
            if state.messages.count >= count { return true }
            state.watchers.append((count, waiter))
            return false
        }
        if !isThere { await waiter.suspend() }
    }

    func end() async -> TransportError { await ended.wait() }
}

@Suite("A server as a child process", .timeLimit(.minutes(5)))
struct StdioClientTransportTests {
    /// A server in Python that answers every request with its own pid.
    private static let echo = """
        import json, os, sys
        for line in sys.stdin:
            message = json.loads(line)
            if "id" in message:
                print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"pid": os.getpid(), "echo": message.get("params")}}), flush=True)
        """

    private func message(_ id: Int64, _ params: String = "{}") -> ClientMessage {
        ClientMessage(bytes: Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"m","params":\#(params)}"#.utf8), id: .integer(id), method: "m")
    }

    private func python(_ script: String) -> ServerCommand { ServerCommand("python3", arguments: ["-c", script]) }
    private func shell(_ script: String) -> ServerCommand { ServerCommand("/bin/sh", arguments: ["-c", script]) }

    /// Waits until nobody of a process group runs any more. Nothing tells of the end of another process's child, so this
    /// looks again and again; the suite's time limit is the bound.
    private func waitForEnd(of group: Int32) async {
        while members(of: group) { await Task.yield() }
    }

    /// Whether anybody of a process group runs; the dead that nobody has reaped do not count.
    private func members(of group: Int32) -> Bool {
        guard kill(-group, 0) == 0 || errno != ESRCH else { return false }
        #if os(Linux)
        guard let directory = opendir("/proc") else { return true }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
            guard Int32(name) != nil, let file = fopen("/proc/\(name)/stat", "r") else { continue }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 512)
            guard fgets(&line, 512, file) != nil else { continue }
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            // After the command in parentheses: state, parent, group.
            let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
            if fields.count > 3, fields[3] == String(group), fields[1] != "Z" { return true }
        }
        return false
        #else
        return true
        #endif
    }

    @Test("Requests go in, responses come out, and a polite server exits when its input ends")
    func speaks() async throws {
        let transport = StdioClientTransport(python(Self.echo))
        let inbox = Inbox()
        try await transport.start(inbox)
        for id in 1...20 { try await transport.send(message(Int64(id))) }
        await inbox.waitForMessages(20)
        #expect(inbox.messages.map(\.id) == (1...20).map { .integer($0) })
        let process = try #require(transport.processIdentifier)
        #expect(inbox.messages[0].result?["pid"]?.int == Int(process))
        async let second: Void = transport.close()
        await transport.close()
        await second
        #expect(!members(of: process))
        #expect(inbox.error?.code == .closed)
        await #expect(throws: TransportError.self) { try await transport.send(message(1)) }
        await #expect(throws: TransportError.self) { try await transport.start(inbox) }
    }

    @Test("A message far larger than the pipe goes both ways")
    func largeMessage() async throws {
        let transport = StdioClientTransport(python(Self.echo))
        let inbox = Inbox()
        try await transport.start(inbox)
        let text = String(repeating: "y", count: 1_000_000)
        try await transport.send(message(1, #"{"text":"\#(text)"}"#))
        await inbox.waitForMessages(1)
        #expect(inbox.messages[0].result?["echo"]?["text"]?.string == text)
        await transport.close()
    }

    @Test("A child that dies is reported with its status and its last words")
    func death() async throws {
        let transport = StdioClientTransport(shell("read line; echo 'first' >&2; echo 'out of coffee' >&2; exit 3"))
        let inbox = Inbox()
        try await transport.start(inbox)
        try await transport.send(message(1))
        let error = await inbox.end()
        #expect(error.code == .closed)
        #expect(error.message.contains("exited with status 3"))
        #expect(error.message.contains("first") && error.message.contains("out of coffee"))
        await transport.close()
    }

    @Test("A child that is killed is reported with the signal")
    func killed() async throws {
        let transport = StdioClientTransport(shell("kill -9 $$"))
        let inbox = Inbox()
        try await transport.start(inbox)
        #expect(await inbox.end().message.contains("signal 9"))
        await transport.close()
    }

    @Test("What a child writes before it exits arrives before the news of its exit")
    func lastWordsFirst() async throws {
        let transport = StdioClientTransport(shell(#"echo '{"jsonrpc":"2.0","id":1,"result":{}}'; exit 0"#))
        let inbox = Inbox()
        try await transport.start(inbox)
        _ = await inbox.end()
        #expect(inbox.messages.count == 1)
        await transport.close()
    }

    @Test("Lines that are no JSON-RPC are passed over")
    func noise() async throws {
        let transport = StdioClientTransport(shell(#"echo 'Starting up!'; echo '{"jsonrpc":"2.0","id":1,"result":{}}'; read line"#))
        let inbox = Inbox()
        try await transport.start(inbox)
        await inbox.waitForMessages(1)
        #expect(inbox.messages[0].id == .integer(1))
        await transport.close()
    }

    @Test("A child that floods standard error is drained and does not block")
    func errorFlood() async throws {
        let lines = Atomic(0)
        let transport = StdioClientTransport(
            python("import sys\nfor i in range(20000): print('x' * 60, file=sys.stderr)\nprint('{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}', flush=True)\nsys.stdin.read()"),
            onErrorLine: { _ in lines.add(1, ordering: .relaxed) }
        )
        let inbox = Inbox()
        try await transport.start(inbox)
        await inbox.waitForMessages(1)
        await transport.close()
        let count = lines.load(ordering: .relaxed)
        #expect(count == 20_000)
    }

    @Test("While reading is paused what the child answers waits, its standard error does not, and a child that waits for its reader can be ended", arguments: [true, false])
    func paused(isResumed: Bool) async throws {
        let answered = OneShot<Void>()
        let transport = StdioClientTransport(
            python("""
                import sys
                sys.stdin.readline()
                print('{"jsonrpc":"2.0","id":1,"result":{}}', flush=True)
                print('answered', file=sys.stderr, flush=True)
                while True: print('{"jsonrpc":"2.0","id":2,"result":{}}', flush=True)
                """), onErrorLine: { if $0 == "answered" { answered.resolve(()) } })
        let inbox = Inbox()
        try await transport.start(inbox)
        transport.pauseReading()
        try await transport.send(message(1))
        await answered.wait()
        #expect(inbox.messages.isEmpty && transport.unsentBytes == 0)
        if isResumed {
            transport.resumeReading()
            await inbox.waitForMessages(1)
            #expect(inbox.messages[0].id == .integer(1))
        }
        await transport.close()
    }

    @Test("A child that ignores the end of input and SIGTERM is killed after both deadlines, on the clock")
    func stubborn() async throws {
        let clock = ManualClock()
        let transport = StdioClientTransport(
            shell(#"trap '' TERM; echo '{"jsonrpc":"2.0","id":1,"result":{}}'; while :; do sleep 1000 & wait $!; done"#),
            configuration: StdioClientConfiguration(exitGrace: .seconds(10), terminationGrace: .seconds(20)), clock: clock
        )
        let inbox = Inbox()
        try await transport.start(inbox)
        await inbox.waitForMessages(1)
        let process = try #require(transport.processIdentifier)
        let closing = Task { await transport.close() }
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(10))
        #expect(members(of: process))
        clock.advance(by: .seconds(20))
        await closing.value
        await waitForEnd(of: process)
    }

    @Test("Grandchildren go with the child, though only a shell stands between")
    func grandchildren() async throws {
        let clock = ManualClock()
        let transport = StdioClientTransport(
            shell(#"sh -c "trap '' TERM HUP; echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}'; sleep 1000" & sleep 1000 & read line; exit 0"#), clock: clock
        )
        let inbox = Inbox()
        try await transport.start(inbox)
        await inbox.waitForMessages(1)
        let process = try #require(transport.processIdentifier)
        let closing = Task { await transport.close() }
        // The shell exits when its input ends; the rest of its group holds the pipes, ignores SIGTERM, and is killed.
        _ = await inbox.end()
        while true {
            try await clock.waitForPending(1)
            clock.advance(by: .seconds(2))
            if clock.pendingCount == 0 { break }
        }
        await closing.value
        await waitForEnd(of: process)
    }

    @Test("A transport that is let go ends its child")
    func letGo() async throws {
        let inbox = Inbox()
        var transport: StdioClientTransport? = StdioClientTransport(python(Self.echo))
        try await transport?.start(inbox)
        transport = nil
        #expect(await inbox.end().code == .closed)
    }

    @Test("An executable that does not exist is named", arguments: ["no-such-server-anywhere", "/no/such/server"])
    func missing(name: String) async throws {
        let transport = StdioClientTransport(ServerCommand(name))
        let error = await #expect(throws: TransportError.self) { try await transport.start(Inbox()) }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains(name) == true)
        await transport.close()
    }

    @Test("Arguments, environment and working directory reach the child", arguments: [true, false])
    func surroundings(diesWithParent: Bool) async throws {
        let script = #"printf '{"jsonrpc":"2.0","id":1,"result":["%s","%s","%s","%s"]}\n' "$0" "$GREETING" "${HOME-none}" "$PWD"; read line"#
        let transport = StdioClientTransport(
            ServerCommand("/bin/sh", arguments: ["-c", script, "arg with space"], environment: .only(["GREETING": "hi", "PATH": "/usr/bin:/bin"]), workingDirectory: "/"),
            configuration: StdioClientConfiguration(diesWithParent: diesWithParent)
        )
        let inbox = Inbox()
        try await transport.start(inbox)
        await inbox.waitForMessages(1)
        #expect(inbox.messages[0].result?.elements?.map(\.string) == ["arg with space", "hi", "none", "/"])
        await transport.close()
    }

    @Test("Many children at once leave nothing behind")
    func manyChildren() async throws {
        try await withThrowingTaskGroup(of: Int32.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let transport = StdioClientTransport(shell(#"while read line; do echo '{"jsonrpc":"2.0","id":1,"result":{}}'; done"#))
                    let inbox = Inbox()
                    try await transport.start(inbox)
                    try await transport.send(message(1))
                    await inbox.waitForMessages(1)
                    let process = transport.processIdentifier ?? 0
                    await transport.close()
                    return process
                }
            }
            for try await process in group { #expect(process > 0 && !members(of: process)) }
        }
    }
}
