import InterlockClient
import InterlockDiagnostics
import InterlockHTTPClient

extension ServerTarget {
    /// Opens the clients of a load, each with a session or a child of its own, runs `body` with them and with what calls them, and closes them.
    ///
    /// Those of a URL are spread over the threads; a command's answers come from elsewhere, and its calls run anywhere.
    func withBenchAgents<Result: Sendable>(
        _ load: BenchLoad, _ plan: Scenario?, _ options: TargetOptions, _ timeout: RequestOptions, _ threads: [LoopExecutor],
        _ body: ([Client], [LoadAgent]) async throws -> Result
    ) async throws -> Result {
        let count = try agents(load, plan)
        func executor(_ index: Int) -> LoopExecutor? { isURL ? threads[index % threads.count] : nil }
        return try await open(count, max(load.inFlight, load.clients ?? 1), options, executor, []) { clients in
            try await body(clients, clients.enumerated().map { LoadAgent($1, options: timeout, executor: executor($0)) })
        }
    }

    private var isURL: Bool { if case .url = self { true } else { false } }

    /// How many agents a load has here: as many as were asked for, else one for each client of a closed loop on a URL.
    private func agents(_ load: BenchLoad, _ plan: Scenario?) throws(UsageError) -> Int {
        let count = load.agents ?? plan?.agents ?? (isURL ? load.clients ?? 1 : 1)
        guard (1...10_000).contains(count) else { throw UsageError("--agents \(count) is not from 1 to 10000.") }
        return count
    }

    /// Descriptors that the agents of a load open at most: a connection for each call in flight and one that each agent keeps, or three for each child.
    func benchDescriptors(_ load: BenchLoad, _ plan: Scenario?) throws(UsageError) -> Int {
        let count = try agents(load, plan)
        return isURL ? count + max(load.inFlight, load.clients ?? 1) : 3 * count
    }

    /// Each client may have every call of the load in flight: a queue of its own in front of the server would be measured as the server's.
    private func open<Result: Sendable>(
        _ count: Int, _ connections: Int, _ options: TargetOptions, _ executor: (Int) -> LoopExecutor?, _ clients: [Client],
        _ body: ([Client]) async throws -> Result
    ) async throws -> Result {
        if clients.count == count { return try await body(clients) }
        return try await withClient(options, connections: connections, executor: executor(clients.count)) { client in
            try await open(count, connections, options, executor, clients + [client], body)
        }
    }
}
