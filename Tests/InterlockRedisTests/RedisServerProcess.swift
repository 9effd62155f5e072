import Foundation
import InterlockConcurrency
import InterlockRedis
import Synchronization
#if canImport(Glibc)
import Glibc
#endif

/// A Redis server of a test's own, on a free loopback port, in a folder of its own. It ends with the test's process, however that ends.
final class RedisServerProcess: Sendable {
    static let program = "/usr/bin/redis-server"

    /// Whether the tests that need a server run; says so once if they do not.
    static let isInstalled: Bool = {
        let isThere = FileManager.default.isExecutableFile(atPath: program)
        if !isThere { print("note: \(program) is not installed; the tests against a real Redis are skipped") }
        return isThere
    }()

    let folder: String
    private let place: Mutex<HeldPort>
    private let options: [String]
    private let file: String?
    private let shell = Mutex<Running?>(nil)

    private struct Running: Sendable {
        let process: Process
        let input: FileHandle
        let pid: Int32
    }

    struct StartFailure: Error { let output: String }

    private static let portIsTaken = "Address already in use"
    private static let lastWords = [portIsTaken, "FATAL CONFIG", "port number you specify must be", "Failed listening", "exiting"]

    /// - Parameter configuration: a file for what the command line cannot say.
    init(configuration: String? = nil, _ options: [String] = []) throws {
        file = configuration
        folder = NSTemporaryDirectory() + "interlock-redis-\(UUID().uuidString)"
        self.options = options
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        place = Mutex(try HeldPort.withRoomAbove())
        // Somebody else may have been given the port since it was looked for.
        for _ in 0..<9 {
            do {
                try start()
                return
            } catch let failure as StartFailure where failure.output.contains(Self.portIsTaken) {
                let other = try HeldPort.withRoomAbove()
                place.withLock { $0 = other }
            }
        }
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Its own also while it is dead.
    var port: Int { place.withLock { $0.port } }

    var address: NodeAddress { NodeAddress(host: "127.0.0.1", port: port) }

    /// Starts it, also after it was killed; returns when it takes connections.
    func start() throws {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // The shell lives as long as its input: it takes the server with it when this process is gone.
        process.arguments =
            ["-c", "\"$0\" \"$@\" & echo pid=$!; read _; kill -9 $! 2>/dev/null", Self.program] + [file].compactMap { $0 }
            + ["--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder]
            + (file == nil ? ["--save", "", "--appendonly", "no", "--enable-debug-command", "local"] : []) + options
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        // Servers started later must not hold these ends open.
        for handle in [input.fileHandleForWriting, output.fileHandleForReading] { _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC) }
        try process.run()
        var text = ""
        while !text.contains("Ready to accept connections") && !text.contains("+monitor master") {
            // The shell outlives a server that gives up, so its last words are all there is to see, and nothing may come after them.
            let data = Self.lastWords.contains(where: text.contains) ? Data() : output.fileHandleForReading.availableData
            guard !data.isEmpty else {
                input.fileHandleForWriting.closeFile()
                throw StartFailure(output: text)
            }
            text += String(decoding: data, as: UTF8.self)
        }
        // Its log goes on; nobody reads it, so it is thrown away as it comes.
        output.fileHandleForReading.readabilityHandler = { handle in
            if handle.availableData.isEmpty { handle.readabilityHandler = nil }
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("pid=") }
        guard let pid = line.flatMap({ Int32($0.dropFirst(4)) }) else { throw StartFailure(output: text) }
        let running = Running(process: process, input: input.fileHandleForWriting, pid: pid)
        shell.withLock { $0 = running }
    }

    /// Kills it as a crash would; returns when it is gone.
    func kill() {
        guard let running = shell.withLock({ running in
            defer { running = nil }
            return running
        }) else { return }
        signal(SIGKILL, running.pid)
        running.input.closeFile()
        signal(SIGKILL, running.process.processIdentifier)
        running.process.waitUntilExit()
        Self.wait(for: running.pid, toBe: "ZX") // its parent is gone, so nobody has waited for it; it has its port until it is gone, too
    }

    func pause() {
        guard let pid = shell.withLock({ $0?.pid }) else { return }
        signal(SIGSTOP, pid)
        Self.wait(for: pid, toBe: "TZX") // the signal is only sent by now: a process that has not taken it yet still answers
    }

    /// Until the process is in one of these states of proc(5), or gone.
    private static func wait(for pid: Int32, toBe states: String) {
        #if os(Linux)
        while let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let state = status.split(separator: ")").last?.dropFirst().first,
            !states.contains(state)
        {
            sched_yield()
        }
        #endif
    }

    func resume() { shell.withLock { $0.map { signal(SIGCONT, $0.pid) } } }

    /// A configuration that leads here.
    func configuration(poolSize: Int = 2) -> RedisConfiguration {
        var configuration = RedisConfiguration(.single(address))
        configuration.poolSize = poolSize
        // The machine may be slow; what the budget does is tested where it matters.
        configuration.budget = .seconds(20)
        configuration.connectTimeout = .seconds(20)
        return configuration
    }
}

private func signal(_ signal: Int32, _ pid: Int32) {
    _ = kill(pid, signal)
}

/// Runs a test with a client, and shuts the client down whatever happens.
func withClient(
    _ configuration: RedisConfiguration, clock: any SchedulingClock = SystemClock.shared, _ body: (RedisClient) async throws -> Void
) async throws {
    let client = try RedisClient(configuration, clock: clock)
    do {
        try await body(client)
    } catch {
        await client.shutDown()
        throw error
    }
    await client.shutDown()
}
