import Foundation
import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockServer
import InterlockTransport
import Logging
import Testing

@testable import InterlockReference

/// A folder of its own for one test, removed with its contents at the end.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ text: String, to name: String) throws {
        try write(Data(text.utf8), to: name)
    }

    func write(_ data: Data, to name: String) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path + "/" + name)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path) // only litter in the temporary folder is at stake
    }
}

/// A logger that says nothing.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Makes a reference server, connects a client in memory, runs `body`, and takes both down again.
func withReference<Result: Sendable>(
    mode: DemoMode = .guarded, documents: DocumentSource = .bundled, clock: any SchedulingClock = SystemClock.shared,
    _ body: @Sendable (Client, ReferenceServer) async throws -> Result
) async throws -> Result {
    var configuration = ReferenceConfiguration(logger: quiet)
    configuration.mode = mode
    configuration.documents = documents
    configuration.clock = clock
    configuration.recordTimeout = .seconds(86_400)
    var limits = ServerConfiguration(name: "reference", version: "1")
    limits.logger = quiet
    let reference = try ReferenceServer(configuration, server: limits)
    let link = InMemoryTransport.linkedPair()
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await reference.serve(on: [link.server]) }
        let client = Client(link.client, info: Implementation(name: "test", version: "1"), logger: quiet)
        try await client.connect()
        let result: Result
        do {
            result = try await body(client, reference)
        } catch {
            await client.close()
            group.cancelAll()
            throw error
        }
        await client.close()
        reference.server.beginGracefulShutdown(deadline: .seconds(10))
        try await group.waitForAll()
        return result
    }
}

extension Client {
    /// Calls a tool with arguments in JSON.
    func call(_ name: String, _ arguments: JSONValue) async throws -> CallToolResult {
        try await callTool(name, arguments: RawJSON(arguments))
    }
}

extension CallToolResult {
    var text: String { content.compactMap(\.text).joined(separator: "\n") }
}

/// Runs `body` once for each index, all at once, and returns how many did not throw.
func successes(of count: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async -> Int {
    await withTaskGroup(of: Bool.self) { group in
        for index in 0..<count {
            group.addTask {
                do {
                    try await body(index)
                    return true
                } catch {
                    return false
                }
            }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
}
