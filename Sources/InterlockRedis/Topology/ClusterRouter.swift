internal import InterlockConcurrency
internal import InterlockStorage
internal import Logging
import Synchronization

/// Sends each command to the node that serves its key's slot, and follows where nodes say it has moved.
///
/// The map of slots is read from any node that answers, at first use and again, at most once in a while, after a sign that it is old: a node that
/// cannot be reached or that sends a caller on. A command is sent on at most a few times; while its keys are on their way to another node it is
/// tried again until its deadline.
final class ClusterRouter: Router {
    private struct State: Sendable {
        var map: SlotMap?
        var nodes: [NodeAddress: RedisNode] = [:]
        var refreshedAt: MonotonicTime?
        var refresh: Task<Void, Never>?
        var turn = 0
        var isShutDown = false
    }

    static let maximumRedirections = 5
    /// A map is not read more often than this.
    static let refreshInterval = Duration.milliseconds(250)

    private let seeds: [NodeAddress]
    private let connector: RedisConnector
    private let clock: any SchedulingClock
    private let random: RandomSource
    private let log: Logger
    private let readings: SingleFlight<Int, SlotMap>
    private let state = Mutex(State())

    init(seeds: [NodeAddress], connector: RedisConnector, clock: any SchedulingClock, random: RandomSource, log: Logger) {
        self.seeds = seeds
        self.connector = connector
        self.clock = clock
        self.random = random
        self.log = log
        readings = SingleFlight(name: "Redis cluster map", clock: clock)
    }

    func send(_ command: RedisCommand, deadline: MonotonicTime) async throws(StoreError) -> RESPValue {
        let address = try await address(for: command, deadline)
        return try await send(command, to: address, deadline: deadline)
    }

    func send(_ commands: [RedisCommand], deadline: MonotonicTime) async -> [RedisConnection.Reply] {
        var replies = [RedisConnection.Reply?](repeating: nil, count: commands.count)
        var groups: [(address: NodeAddress, indices: [Int])] = []
        for (index, command) in commands.enumerated() {
            do throws(StoreError) {
                let address = try await address(for: command, deadline)
                if let group = groups.firstIndex(where: { $0.address == address }) { groups[group].indices.append(index) } else { groups.append((address, [index])) }
            } catch {
                replies[index] = .failure(error)
            }
        }
        await withTaskGroup(of: ([Int], [RedisConnection.Reply]).self) { tasks in
            for (address, indices) in groups {
                tasks.addTask { (indices, await self.send(indices.map { commands[$0] }, to: address, deadline: deadline)) }
            }
            for await (indices, group) in tasks {
                for (index, reply) in zip(indices, group) { replies[index] = reply }
            }
        }
        return replies.map { $0! }
    }

    func connect(onPush: @escaping @Sendable ([RESPValue]) -> Void) async throws(StoreError) -> RedisConnection {
        var problem = StoreError.shutDown
        for address in candidates() {
            do throws(StoreError) { return try await connector.connect(to: address, onPush: onPush) } catch { problem = error }
        }
        throw problem
    }

    func start(deadline: MonotonicTime) async throws(StoreError) {
        let map = try await map(deadline)
        for address in map.addresses { _ = try await node(address).connection(deadline) }
    }

    func shutDown() async {
        let (nodes, refresh) = state.withLock { state in
            state.isShutDown = true
            return (Array(state.nodes.values), state.refresh)
        }
        refresh?.cancel()
        await withTaskGroup { group in
            for node in nodes { group.addTask { await node.shutDown() } }
        }
        await refresh?.value
    }

    var health: RedisHealth {
        let (nodes, serving) = state.withLock { ($0.nodes, $0.map.map { Set($0.addresses) }) }
        var whole = RedisHealth(
            connections: 0, wantedConnections: 0, waiting: 0, breaker: .closed, commands: 0, refused: 0, failures: 0, reconnects: 0, latencies: DurationHistogram(), lastFailure: nil)
        for (address, node) in nodes {
            var health = node.health
            // A seed that serves no slot any more is missed by nobody.
            if let serving, !serving.contains(address) { health.outage = nil }
            whole.merge(health)
        }
        return whole
    }

    // MARK: - Commands

    private func send(_ command: RedisCommand, to first: NodeAddress, deadline: MonotonicTime) async throws(StoreError) -> RESPValue {
        var address = first
        var asking = false
        var (redirections, retries) = (0, 0)
        while redirections <= Self.maximumRedirections {
            let reply: RESPValue
            do throws(StoreError) {
                reply = try await node(address).send(command, asking: asking, deadline: deadline)
            } catch {
                refreshSoon()
                throw error
            }
            guard case .error(let error) = reply, let redirection = Redirection(error, asked: address) else { return reply }
            asking = false
            switch redirection {
            case .moved(let slot, let target):
                state.withLock { $0.map?.move(slot, to: target) }
                refreshSoon()
                address = target
                redirections += 1
            case .ask(let target):
                address = target
                asking = true
                redirections += 1
            case .tryAgain:
                retries += 1
                try await pause(retries, deadline)
                if command.key != nil { address = try await self.address(for: command, deadline) }
            case .down:
                refreshSoon()
                return reply
            }
        }
        throw StoreError(.unavailable, "the Redis cluster sent \(command.name) on more than \(Self.maximumRedirections) times; it is being rebuilt")
    }

    /// Sends what belongs to one node at once, and those it sends on again one after another, so that commands of one key keep their order.
    private func send(_ commands: [RedisCommand], to address: NodeAddress, deadline: MonotonicTime) async -> [RedisConnection.Reply] {
        var replies: [RedisConnection.Reply]
        do throws(StoreError) {
            replies = await (try node(address)).send(commands, deadline: deadline)
        } catch {
            return commands.map { _ in .failure(error) }
        }
        if replies.contains(where: { if case .failure = $0 { true } else { false } }) { refreshSoon() }
        for (index, reply) in replies.enumerated() {
            guard case .success(.error(let error)) = reply, Redirection(error, asked: address) != nil else { continue }
            do throws(StoreError) { replies[index] = .success(try await send(commands[index], to: address, deadline: deadline)) } catch { replies[index] = .failure(error) }
        }
        return replies
    }

    private func pause(_ attempt: Int, _ deadline: MonotonicTime) async throws(StoreError) {
        let backoff = Backoff(first: .milliseconds(2), factor: 2, longest: .milliseconds(50), jitter: .half)
        let until = clock.now + backoff.delay(afterFailures: attempt, fraction: random.fraction())
        guard until < deadline else { throw StoreError(.unavailable, "the Redis cluster is moving the keys of a command, and its budget is used up") }
        do { try await clock.sleep(until: until) } catch { throw .cancelled("the cluster") }
    }

    // MARK: - Nodes

    private func address(for command: RedisCommand, _ deadline: MonotonicTime) async throws(StoreError) -> NodeAddress {
        let map = try await map(deadline)
        guard let key = command.key else { return state.withLock { state in Self.next(&state, map.addresses) } }
        guard let address = map[HashSlot.of(key)] else {
            refreshSoon()
            throw StoreError(.unavailable, "no node of the Redis cluster serves slot \(HashSlot.of(key)); it is not whole")
        }
        return address
    }

    private static func next(_ state: inout State, _ addresses: [NodeAddress]) -> NodeAddress {
        state.turn = (state.turn + 1) % addresses.count
        return addresses[state.turn]
    }

    private func node(_ address: NodeAddress) throws(StoreError) -> RedisNode {
        let connector = connector
        let node: RedisNode? = state.withLock { state in
            if state.isShutDown { return nil }
            if let node = state.nodes[address] { return node }
            let node = RedisNode(
                name: address.description, configuration: connector.configuration, clock: clock, random: random, log: log
            ) { () async throws(StoreError) in try await connector.connect(to: address) }
            state.nodes[address] = node
            return node
        }
        guard let node else { throw .shutDown }
        return node
    }

    // MARK: - The map

    private func map(_ deadline: MonotonicTime) async throws(StoreError) -> SlotMap {
        if let map = state.withLock({ $0.map }) { return map }
        do {
            return try await readings.value(for: 0, deadline: deadline) { [self] in try await readMap() }
        } catch {
            throw StoreError(wrapping: error, at: "the cluster")
        }
    }

    /// Known nodes in turn, then the seeds.
    private func candidates() -> [NodeAddress] {
        state.withLock { state in
            guard let known = state.map?.addresses, !known.isEmpty else { return seeds }
            state.turn = (state.turn + 1) % known.count
            return known[state.turn...] + known[..<state.turn] + seeds.filter { !known.contains($0) }
        }
    }

    private func readMap() async throws(StoreError) -> SlotMap {
        var problems: [StoreError] = []
        for address in candidates() {
            do throws(StoreError) {
                let reply = try await node(address).send(RedisCommand("CLUSTER", ["SLOTS"]), deadline: clock.now + connector.configuration.connectTimeout)
                if case .error(let error) = reply { throw StoreError(error, to: "CLUSTER SLOTS") }
                guard let map = SlotMap(reply, asked: address) else {
                    throw StoreError(.unavailable, "Redis at \(address) knows no slots of a cluster")
                }
                await adopt(map)
                return map
            } catch {
                problems.append(error)
            }
        }
        let code = problems.contains { $0.code == .refused } ? StoreError.Code.refused : .unavailable
        throw StoreError(code, "no node of the Redis cluster gives its map: \(problems.map(\.message).joined(separator: "; "))")
    }

    /// Uses a new map, and lets nodes go that it does not name.
    private func adopt(_ map: SlotMap) async {
        let gone: [RedisNode] = state.withLock { state in
            state.map = map
            state.refreshedAt = clock.now
            let keep = Set(map.addresses).union(seeds)
            let gone = state.nodes.filter { !keep.contains($0.key) }
            for address in gone.keys { state.nodes[address] = nil }
            return Array(gone.values)
        }
        for node in gone { await node.shutDown() }
    }

    /// Has the map read again, unless that is under way or was done a moment ago.
    private func refreshSoon() {
        let now = clock.now
        state.withLock { state in
            guard !state.isShutDown, state.refresh == nil, state.map != nil else { return }
            if let last = state.refreshedAt, now - last < Self.refreshInterval { return }
            state.refreshedAt = now
            // Awaited by `shutDown()`; one at a time.
            state.refresh = Task { [self] in
                do {
                    _ = try await readings.value(for: 0) { [self] in try await readMap() }
                } catch {
                    log.warning("Redis cluster map not read", metadata: ["reason": "\(error)"])
                }
                self.state.withLock { $0.refresh = nil }
            }
        }
    }
}
