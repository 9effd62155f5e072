internal import InterlockConcurrency
internal import InterlockJSON
internal import InterlockStorage
internal import Logging
import Synchronization

/// The one connection of a client that listens, and who listens to what.
///
/// It is made when somebody first listens and kept up until the client is shut down. Whenever it was lost, all channels are subscribed to again
/// and then every listener hears a gap.
final class SubscriptionHub: Sendable {
    private struct State: Sendable {
        var listeners: [ExactName: [Int: BusListener]] = [:]
        var nextNumber = 0
        var connection: RedisConnection?
        var waiting: [Int: Waiter<Result<RedisConnection, StoreError>>] = [:]
        var upkeep: Task<Void, Never>?
        var isShutDown = false
    }

    private let configuration: RedisConfiguration
    private let clock: any SchedulingClock
    private let random: RandomSource
    private let log: Logger
    private let connect: @Sendable (@escaping @Sendable ([RESPValue]) -> Void) async throws(StoreError) -> RedisConnection
    private let state = Mutex(State())

    init(
        configuration: RedisConfiguration, clock: any SchedulingClock, random: RandomSource, log: Logger,
        connect: @escaping @Sendable (@escaping @Sendable ([RESPValue]) -> Void) async throws(StoreError) -> RedisConnection
    ) {
        self.configuration = configuration
        self.clock = clock
        self.random = random
        self.log = log
        self.connect = connect
    }

    func subscribe(to channel: String, _ receive: @escaping @Sendable (BusEvent) -> Void) async throws(StoreError) -> BusSubscription {
        let name = ExactName(text: channel)
        let listener = BusListener(receive)
        let number = state.withLock { state in
            state.nextNumber += 1
            state.listeners[name, default: [:]][state.nextNumber] = listener
            return state.nextNumber
        }
        do throws(StoreError) {
            // The server confirms again what it knows already, which costs a round trip and leaves no doubt.
            let deadline = clock.now + configuration.connectTimeout
            try await confirm("SUBSCRIBE", channel, try await connection(deadline), deadline)
        } catch {
            remove(number, of: name)
            throw error
        }
        return BusSubscription { [weak self] in self?.remove(number, of: name) }
    }

    func shutDown() async {
        let (waiting, connection, upkeep) = state.withLock { state in
            state.isShutDown = true
            for listener in state.listeners.values.flatMap(\.values) { listener.cancel() }
            state.listeners = [:]
            defer { state.waiting = [:] }
            return (Array(state.waiting.values), state.connection, state.upkeep)
        }
        for waiter in waiting { waiter.resolve(.failure(.shutDown)) }
        connection?.close(.shutDown)
        upkeep?.cancel()
        await upkeep?.value
    }

    // MARK: - Listeners

    /// The channel stays subscribed on the server until the connection is made anew, so that a listener that comes meanwhile misses nothing by a
    /// late cancellation; messages that nobody listens to are dropped.
    private func remove(_ number: Int, of channel: ExactName) {
        let listener = state.withLock { state in
            let listener = state.listeners[channel]?.removeValue(forKey: number)
            if state.listeners[channel]?.isEmpty == true { state.listeners[channel] = nil }
            return listener
        }
        listener?.cancel()
    }

    private func pushed(_ elements: [RESPValue]) {
        guard elements.count == 3, elements[0].string == "message", let channel = elements[1].string, let message = elements[2].data else { return }
        let listeners = state.withLock { state in state.listeners[ExactName(text: channel)].map { Array($0.sorted { $0.key < $1.key }.map(\.value)) } ?? [] }
        for listener in listeners { listener.deliver(.message(message)) }
    }

    // MARK: - The connection

    private func connection(_ deadline: MonotonicTime) async throws(StoreError) -> RedisConnection {
        let waiter = Waiter<Result<RedisConnection, StoreError>>()
        let (ready, number): (RedisConnection?, Int?) = state.withLock { state in
            if state.isShutDown { return (nil, nil) }
            // Awaited by `shutDown()`.
            if state.upkeep == nil { state.upkeep = Task { [self] in await keepUp() } }
            if let connection = state.connection { return (connection, nil) }
            state.nextNumber += 1
            state.waiting[state.nextNumber] = waiter
            return (nil, state.nextNumber)
        }
        if let ready { return ready }
        guard let number else { throw .shutDown }
        return try await waiter.wait(until: deadline, on: clock) { [self] reason in
            let waiter = state.withLock { $0.waiting.removeValue(forKey: number) }
            waiter?.resolve(.failure(reason == .cancelled ? .cancelled("the bus") : .tooLate("the bus", "connect")))
        }.get()
    }

    private func confirm(_ command: String, _ channel: String, _ connection: RedisConnection, _ deadline: MonotonicTime) async throws(StoreError) {
        let reply = try await connection.send(RedisCommand(command, [.text(channel)]), isAnsweredByPush: true, deadline: deadline)
        if case .error(let error) = reply { throw StoreError(error, to: command) }
    }

    private func keepUp() async {
        var failures = 0
        var isFirst = true
        while !Task.isCancelled {
            var lost: StoreError
            do throws(StoreError) {
                let connection = try await connect { [weak self] elements in self?.pushed(elements) }
                do throws(StoreError) {
                    try await resume(connection, afterLoss: !isFirst)
                } catch {
                    connection.close(error)
                    throw error
                }
                isFirst = false
                failures = 0
                lost = await watch(connection)
                state.withLock { $0.connection = nil }
            } catch {
                lost = error
                fail(error)
            }
            failures += 1
            if failures == 1, !Task.isCancelled { log.warning("Redis subscription connection lost", metadata: ["reason": "\(lost)"]) }
            let pause = configuration.reconnect.delay(afterFailures: failures, fraction: random.fraction())
            // Cancelled by the shut-down, which the loop sees.
            do { try await clock.sleep(for: pause) } catch { return }
        }
    }

    /// Subscribes to everything again, then lets new listeners have the connection and tells the old ones of the gap.
    private func resume(_ connection: RedisConnection, afterLoss: Bool) async throws(StoreError) {
        let channels = state.withLock { Array($0.listeners.keys) }
        let deadline = clock.now + configuration.connectTimeout
        for channel in channels { try await confirm("SUBSCRIBE", channel.text, connection, deadline) }
        let (waiting, listeners, isShutDown) = state.withLock { state in
            state.connection = state.isShutDown ? nil : connection
            defer { state.waiting = [:] }
            return (Array(state.waiting.values), afterLoss ? state.listeners.values.flatMap(\.values) : [], state.isShutDown)
        }
        if isShutDown { throw .shutDown }
        for waiter in waiting { waiter.resolve(.success(connection)) }
        for listener in listeners { listener.deliver(.gap) }
    }

    private func fail(_ error: StoreError) {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for waiter in waiting { waiter.resolve(.failure(error)) }
    }

    private func watch(_ connection: RedisConnection) async -> StoreError {
        while await !connection.waitForEnd(until: clock.now + configuration.pingInterval) {
            do throws(StoreError) {
                _ = try await connection.send(RedisCommand("PING"), deadline: clock.now + configuration.connectTimeout)
            } catch {
                if Task.isCancelled { continue }
                connection.close(StoreError(.unavailable, "Redis at \(connection.name) gives no sign of life", cause: error))
            }
        }
        return connection.endReason
    }
}
