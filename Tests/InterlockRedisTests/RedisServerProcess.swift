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

    let port: Int
    let folder: String
    private let options: [String]
    private let file: String?
    private let shell = Mutex<Running?>(nil)

    private struct Running: Sendable {
        let process: Process
        let input: FileHandle
        let pid: Int32
    }

    struct StartFailure: Error { let output: String }

    private static let lastWords = ["Address already in use", "FATAL CONFIG", "port number you specify must be", "Failed listening", "exiting"]

    /// - Parameter configuration: a file for what the command line cannot say.
    init(configuration: String? = nil, _ options: [String] = []) throws {
        file = configuration
        folder = NSTemporaryDirectory() + "interlock-redis-\(UUID().uuidString)"
        self.options = options
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        port = try Self.freePort()
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

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
            let data = output.fileHandleForReading.availableData
            // The shell outlives a server that gives up, so its last words are all there is to see.
            guard !data.isEmpty, !Self.lastWords.contains(where: text.contains) else {
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
    }

    func pause() { shell.withLock { $0.map { signal(SIGSTOP, $0.pid) } } }

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

    /// A port that nobody listens on, with room for a cluster's own 10,000 above it.
    static func freePort() throws -> Int {
        while true {
            let port = try anyPort()
            if port <= 55_535 { return port }
        }
    }

    private static func anyPort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0 }
        }
        guard bound else { throw StartFailure(output: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
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
