public import InterlockClient
public import InterlockConcurrency
public import InterlockJSON
import InterlockProtocol
public import InterlockTransport

/// Times one call after the other inside this process, without sockets: what the server's own code costs.
public struct Microbench: Sendable {
    /// Calls before the clock counts.
    public var warmUps: Int
    /// Calls that are timed.
    public var calls: Int

    /// Sets the counts.
    public init(warmUps: Int = 500, calls: Int = 10_000) {
        self.warmUps = warmUps
        self.calls = calls
    }

    /// Times anything. Ends with the first error it throws.
    public func measure(clock: any SchedulingClock = SystemClock.shared, _ body: () async throws -> Void) async throws -> LatencyHistogram {
        for _ in 0..<warmUps { try await body() }
        var histogram = LatencyHistogram()
        for _ in 0..<calls {
            let began = clock.now
            try await body()
            histogram.record(clock.now - began)
        }
        return histogram
    }

    /// Times a tool of a server over the in-memory transport, or over any link that `connect` makes.
    public func measure(
        _ tool: String, arguments: RawJSON = .emptyObject, of runtime: any ServerRuntime, era: ClientConfiguration.Era = .automatic,
        clock: any SchedulingClock = SystemClock.shared
    ) async throws -> LatencyHistogram {
        let (server, transport) = InMemoryTransport.linkedPair()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run(runtime) }
            let client = Client(transport, info: Implementation(name: "interlock-microbench", version: "1"), configuration: ClientConfiguration(era: era))
            do {
                try await client.connect()
                let histogram = try await measure(clock: clock) {
                    let result = try await client.callTool(tool, arguments: arguments)
                    if result.isError { throw BenchError("\(tool) answered with an error: \(result.content.compactMap(\.text).joined(separator: " "))") }
                }
                await client.close()
                try await group.waitForAll()
                return histogram
            } catch {
                await client.close()
                group.cancelAll()
                throw error
            }
        }
    }
}
