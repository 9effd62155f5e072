internal import InterlockConcurrency
internal import InterlockStorage
internal import Logging
import Synchronization

/// One server, or whichever is the master at the moment: a few connections kept up, behind a circuit breaker.
final class RedisNode: Sendable {
    typealias Reply = RedisConnection.Reply

    private struct State: Sendable {
        var machine: PoolStateMachine<RedisConnection, Waiter<Result<RedisConnection, StoreError>>>
        var upkeep: Task<Void, Never>?
    }

    /// What messages call it.
    let name: String
    private let connect: @Sendable () async throws(StoreError) -> RedisConnection
    private let configuration: RedisConfiguration
    private let clock: any SchedulingClock
    private let random: RandomSource
    private let log: Logger
    private let breaker: CircuitBreaker?
    private let state: Mutex<State>
    private let record: NodeRecord

    /// - Parameter connect: makes one connection, to where the server is now.
    init(
        name: String, configuration: RedisConfiguration, clock: any SchedulingClock, random: RandomSource, log: Logger,
        connect: @escaping @Sendable () async throws(StoreError) -> RedisConnection
    ) {
        self.name = name
        self.connect = connect
        self.configuration = configuration
        self.clock = clock
        self.random = random
        self.log = log
        breaker = configuration.breaker.map { breaker in
            CircuitBreaker(
                breaker, name: "Redis at \(name)", clock: clock,
                judge: { error in
                    guard let error = error as? StoreError else { return .failure }
                    return error.isCancellation ? .ignored : error.code == .unavailable ? .failure : .success
                },
                onTransition: { log.notice("Redis circuit breaker", metadata: ["node": "\(name)", "from": "\($0.from)", "to": "\($0.to)"]) })
        }
        record = NodeRecord(clock: clock, breaker: breaker)
        state = Mutex(State(machine: PoolStateMachine(size: configuration.poolSize, maximumWaiting: configuration.maximumInFlight)))
    }

    /// Sends one command; the reply may be an error of the server's.
    func send(_ command: RedisCommand, asking: Bool = false, deadline: MonotonicTime) async throws(StoreError) -> RESPValue {
        let start = clock.now
        do {
            let reply =
                if let breaker {
                    try await breaker.run { try await connection(deadline).send(command, asking: asking, deadline: deadline) }
                } else {
                    try await connection(deadline).send(command, asking: asking, deadline: deadline)
                }
            record.ended(with: reply, since: start)
            return reply
        } catch {
            let failure = StoreError(wrapping: error, at: name)
            record.ended(with: [.failure(failure)], since: start)
            throw failure
        }
    }

    /// Sends commands right after one another on one connection.
    ///
    /// For the breaker they are one call, which has failed if one of them got no answer.
    func send(_ commands: [RedisCommand], deadline: MonotonicTime) async -> [Reply] {
        let start = clock.now
        var replies: [Reply] = []
        do {
            if let breaker {
                try await breaker.run {
                    replies = try await connection(deadline).send(commands, deadline: deadline)
                    if let failure = Self.worst(of: replies) { throw failure }
                }
            } else {
                replies = try await connection(deadline).send(commands, deadline: deadline)
            }
        } catch where replies.isEmpty {
            let failure = StoreError(wrapping: error, at: name)
            replies = commands.map { _ in .failure(failure) }
        } catch {
            // It is among the replies.
        }
        record.ended(with: replies, since: start)
        return replies
    }

    /// The failure that says most about the server; `nil` when all were answered.
    private static func worst(of replies: [Reply]) -> StoreError? {
        let failures = replies.compactMap { if case .failure(let error) = $0 { error } else { nil } }
        return failures.first { !$0.isCancellation } ?? failures.first
    }

    /// A connection, for what is not one command; it is not the caller's alone.
    func connection(_ deadline: MonotonicTime) async throws(StoreError) -> RedisConnection {
        start()
        let waiter = Waiter<Result<RedisConnection, StoreError>>()
        switch state.withLock({ $0.machine.take(waiter) }) {
        case .use(let connection): return connection
        case .refused(let error): throw error
        case .wait(let number):
            return try await waiter.wait(until: deadline, on: clock) { [self] reason in
                let waiter = state.withLock { $0.machine.giveUp(number) }
                waiter?.resolve(.failure(reason == .cancelled ? .cancelled(name) : .tooLate(name, "connect")))
            }.get()
        }
    }

    /// Starts to connect, unless that has begun.
    func start() {
        state.withLock { state in
            guard state.upkeep == nil, !state.machine.isShutDown else { return }
            let slots = state.machine.size
            // Awaited by `shutDown()`. Detached, since what it logs is not about the call that came first.
            state.upkeep = Task.detached { [self] in
                await withTaskGroup { group in
                    for slot in 0..<slots { group.addTask { await self.keepUp(slot) } }
                }
            }
        }
    }

    /// Gives all connections up, so that new ones are made to where the server is now.
    func reset(_ reason: StoreError) {
        for connection in state.withLock({ $0.machine.ready }) { connection.close(reason) }
    }

    /// Closes everything; returns when nothing of it runs any more.
    func shutDown() async {
        let (waiting, connections, upkeep) = state.withLock { state in
            let (waiting, connections) = state.machine.shutDown()
            return (waiting, connections, state.upkeep)
        }
        for waiter in waiting { waiter.resolve(.failure(.shutDown)) }
        for connection in connections { connection.close(.shutDown) }
        upkeep?.cancel()
        await upkeep?.value
    }

    /// How it stands.
    var health: RedisHealth {
        let (ready, size, waiting, reconnects, failure) = state.withLock { state in
            (state.machine.ready.count, state.machine.size, state.machine.waitingCount, state.machine.reconnects, state.machine.failure)
        }
        let (tally, breaker, outage) = record.snapshot
        return RedisHealth(
            connections: ready, wantedConnections: size, waiting: waiting, breaker: breaker, commands: tally.commands, refused: tally.refused,
            failures: tally.failures, reconnects: reconnects, latencies: tally.latencies, lastFailure: failure?.message, outage: outage)
    }

    // MARK: - Keeping connections up

    private func keepUp(_ slot: Int) async {
        var failures = 0
        while !Task.isCancelled {
            state.withLock { $0.machine.connecting(slot) }
            let lost: StoreError
            do throws(StoreError) {
                let connection = try await connect()
                guard welcome(connection, slot) else { return connection.close(.shutDown) }
                failures = 0
                lost = await watch(connection)
            } catch {
                lost = error
            }
            failures += 1
            let waiting = state.withLock { state in
                let waiting = state.machine.failed(slot, lost)
                if state.machine.ready.isEmpty { record.disconnected(lost) }
                return waiting
            }
            for waiter in waiting { waiter.resolve(.failure(lost)) }
            if failures == 1, !Task.isCancelled { log.warning("Redis connection lost", metadata: ["node": "\(name)", "reason": "\(lost)"]) }
            let pause = configuration.reconnect.delay(afterFailures: failures, fraction: random.fraction())
            // Cancelled by the shut-down, which the loop sees.
            do { try await clock.sleep(for: pause) } catch { return }
        }
    }

    /// Lets callers have a new connection; false after the shut-down.
    private func welcome(_ connection: RedisConnection, _ slot: Int) -> Bool {
        let welcomed = state.withLock { state in
            let welcomed = state.machine.connected(slot, connection)
            if welcomed != nil { record.connected() }
            return welcomed
        }
        guard let (waiting, isFirst) = welcomed else { return false }
        // It has just greeted us: probes may go now, and all others when those have come back.
        if isFirst, let breaker, breaker.snapshot.state == .open { breaker.force(.halfOpen) }
        for waiter in waiting { waiter.resolve(.success(connection)) }
        return true
    }

    /// Asks now and then whether the server is still there; returns when the connection has ended, and why.
    private func watch(_ connection: RedisConnection) async -> StoreError {
        while await !connection.waitForEnd(until: clock.now + configuration.pingInterval) {
            do throws(StoreError) {
                _ = try await connection.send(RedisCommand("PING"), deadline: clock.now + configuration.connectTimeout)
            } catch {
                if Task.isCancelled { continue }
                connection.close(StoreError(.unavailable, "Redis at \(connection.name) gives no sign of life", cause: error, outage: .timeout))
            }
        }
        return connection.endReason
    }
}
