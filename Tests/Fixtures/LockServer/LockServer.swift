import Dispatch
import Foundation
import Interlock
import InterlockRedis

/// `InterlockLockServer PORT REDIS-URL LEASE-MILLISECONDS`: a server that shares a lock with others like it, for tests of what becomes of it when one dies.
///
/// Its tools write a register that all instances see. `write` holds the lock of its key over all instances meanwhile, `write_here` that of its instance only.
/// On standard output stands what happened to each: `holds FENCE TEXT`, then `wrote FENCE TEXT` or `refused FENCE TEXT`.
@main
enum LockServer {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 4, let port = Int(words[1]), let lease = Int(words[3]), lease > 0 else {
            FileHandle.standardError.write(Data("usage: InterlockLockServer PORT REDIS-URL LEASE-MILLISECONDS\n".utf8))
            exit(1)
        }
        let redis = try RedisClient(RedisConfiguration(url: words[2]))
        try await redis.start()
        var configuration = ServerConfiguration(name: "locks", version: "1.0")
        configuration.stateStore = RedisStateStore(redis)
        configuration.leaseStore = RedisLeaseStore(redis)
        configuration.leaseDuration = .milliseconds(lease)
        let server = try Server(configuration: configuration) {
            tool("write", "Writes a text while it holds the lock of its key over all instances.").exclusive(scope: .cluster) { [$0.key] }
            tool("write_here", "Writes a text while it holds the lock of its key on this instance.").exclusive { [$0.key] }
        }
        signal(SIGTERM, SIG_IGN)
        let end = DispatchSource.makeSignalSource(signal: SIGTERM)
        end.setEventHandler { @Sendable in server.beginGracefulShutdown(deadline: .seconds(1)) }
        end.resume()
        try await server.serve(on: [HTTPServerTransport(configuration: HTTPServerConfiguration(host: "127.0.0.1", port: port))])
        end.cancel()
        await redis.shutDown()
    }

    private static func tool(_ name: String, _ description: String) -> Tool<Write> {
        Tool(name, description) { (input: Write, context: HandlerContext) in
            let fence = context.fence(for: input.key) ?? 0
            tell("holds \(fence) \(input.text)")
            // Like a write that is on its way over a network, nothing recalls this one: not even that the lock was lost meanwhile. Awaited here.
            let isWritten = try await Task {
                try await Task.sleep(for: .milliseconds(input.milliseconds))
                return try await context.state.update(input.key, of: Register.self) { register in
                    if input.isFenced, let newest = register?.fence, fence < newest { return false }
                    register = Register(fence: fence, text: input.text)
                    return true
                }
            }.value
            tell("\(isWritten ? "wrote" : "refused") \(fence) \(input.text)")
            return isWritten ? "wrote" : "refused"
        }
    }

    private static func tell(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    private struct Register: Codable, Sendable {
        var fence: UInt64
        var text: String
    }

    private struct Write: Decodable, Sendable, ToolInput {
        var key: String
        var text: String
        /// How long the write is on its way.
        var milliseconds: Int
        /// Whether the register refuses a fence below the highest it has seen.
        var isFenced: Bool

        static let inputSchema = InputSchema {
            .string("key", "The register");
            .string("text", "What is written");
            .integer("milliseconds", "How long the write is on its way", minimum: 0);
            .boolean("isFenced", "Whether the register refuses a fence below the highest it has seen")
        }.schema
    }
}
