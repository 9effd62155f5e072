internal import InterlockConcurrency
internal import InterlockJSON
internal import InterlockStorage
internal import Logging
import Synchronization

/// The one connection of a client that listens.
///
/// It is made when somebody first listens and kept up until the client is shut down. Whenever it is lost every listener hears so; then all channels are
/// subscribed to again, and every listener hears a gap. A channel that the server refuses then is asked for again with each sign of life, until it is granted
/// or nobody listens. A channel that nobody listens to any more is cancelled on the server.
final class SubscriptionHub: Sendable {
    private typealias Machine = SubscriptionStateMachine<BusListener, Waiter<Result<Void, StoreError>>>

    private struct State: Sendable {
        var machine = Machine(maximumListeners: SubscriptionHub.maximumListeners)
        var connection: RedisConnection?
        /// Wakes who tells the server what has changed.
        var signal: WakeSignal?
        var upkeep: Task<Void, Never>?
        var isShutDown = false
    }

    static let maximumListeners = 200_000
    /// Channels that the server is told of at once.
    static let batch = 256

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
        let waiter = Waiter<Result<Void, StoreError>>()
        let addition = state.withLock { state in
            // Awaited by `shutDown()`. Detached, since what it logs is not about the call that came first.
            if state.upkeep == nil, !state.isShutDown { state.upkeep = Task.detached { [self] in await keepUp() } }
            return state.machine.add(listener, waiter, to: name)
        }
        let number: Int
        switch addition {
        case .refused(let error): throw error
        case .ready(let ready): number = ready
        case .waits(let waiting):
            number = waiting
            wake()
            try await waiter.wait(until: clock.now + configuration.connectTimeout, on: clock) { [self] reason in
                let waiter = state.withLock { $0.machine.giveUp(waiting, of: name) }
                waiter?.resolve(.failure(reason == .cancelled ? .cancelled("the bus") : .tooLate("the bus", "SUBSCRIBE")))
            }.get()
        }
        return BusSubscription { [weak self] in
            listener.cancel()
            self?.remove(number, of: name)
        }
    }

    func shutDown() async {
        let (listeners, tickets, connection, upkeep) = state.withLock { state in
            state.isShutDown = true
            let (listeners, tickets) = state.machine.shutDown()
            return (listeners, tickets, state.connection, state.upkeep)
        }
        for listener in listeners { listener.cancel() }
        for ticket in tickets { ticket.resolve(.failure(.shutDown)) }
        connection?.close(.shutDown)
        upkeep?.cancel()
        await upkeep?.value
    }

    // MARK: - Listeners

    private func remove(_ number: Int, of channel: ExactName) {
        guard state.withLock({ $0.machine.remove(number, of: channel) }) != nil else { return }
        wake()
    }

    private func pushed(_ elements: [RESPValue]) {
        guard elements.count == 3, elements[0].string == "message", let channel = elements[1].string, let message = elements[2].data else { return }
        let listeners = state.withLock { $0.machine.listeners(of: ExactName(text: channel)) }
        for listener in listeners { listener.deliver(.message(message)) }
    }

    private func wake() {
        state.withLock { $0.signal }?.wake()
    }

    // MARK: - The connection

    private func keepUp() async {
        var failures = 0
        while !Task.isCancelled {
            let lost: StoreError
            do throws(StoreError) {
                let connection = try await connect { [weak self] elements in self?.pushed(elements) }
                failures = 0
                lost = await serve(connection)
            } catch {
                lost = error
            }
            let (tickets, listeners) = state.withLock { $0.machine.lost() }
            for ticket in tickets { ticket.resolve(.failure(lost)) }
            for listener in listeners { listener.deliver(.lost) }
            failures += 1
            if failures == 1, !Task.isCancelled { log.warning("Redis subscription connection lost", metadata: ["reason": "\(lost)"]) }
            let pause = configuration.reconnect.delay(afterFailures: failures, fraction: random.fraction())
            // Cancelled by the shut-down, which the loop sees.
            do { try await clock.sleep(for: pause) } catch { return }
        }
    }

    /// Keeps the server told, as long as the connection stands; returns why it has ended.
    private func serve(_ connection: RedisConnection) async -> StoreError {
        let signal = WakeSignal()
        let isShutDown = state.withLock { state in
            guard !state.isShutDown else { return true }
            state.connection = connection
            state.signal = signal
            state.machine.connected()
            return false
        }
        guard !isShutDown else {
            connection.close(.shutDown)
            return .shutDown
        }
        signal.wake()
        return await withTaskGroup { group in
            group.addTask { [self] in while await signal.wait() { await tell(connection) } }
            let reason = await watch(connection)
            state.withLock { state in
                state.connection = nil
                state.signal = nil
            }
            signal.cancel()
            return reason
        }
    }

    /// Tells the server all that it does not know yet.
    private func tell(_ connection: RedisConnection) async {
        while true {
            let changes = state.withLock { $0.machine.batch(Self.batch) }
            guard !changes.isEmpty else { return }
            let commands = changes.map { RedisCommand($0.isSubscription ? "SUBSCRIBE" : "UNSUBSCRIBE", [.text($0.channel.text)]) }
            let replies = await connection.send(commands, areAnsweredByPush: true, deadline: clock.now + configuration.connectTimeout)
            for (change, reply) in zip(changes, replies) {
                switch reply {
                case .success(.error(let refusal)) where change.isSubscription:
                    let error = StoreError(refusal, to: "SUBSCRIBE")
                    let (tickets, isCutOff) = state.withLock { $0.machine.refused(change) }
                    if isCutOff { log.warning("Redis refuses a subscription that stood before, and is asked again with each PING", metadata: ["reason": "\(error)"]) }
                    for ticket in tickets { ticket.resolve(.failure(error)) }
                case .success(.error(let refusal)):
                    return connection.close(StoreError(refusal, to: "UNSUBSCRIBE"))
                case .success:
                    let settlement = state.withLock { $0.machine.made(change) }
                    for ticket in settlement.tickets { ticket.resolve(.success(())) }
                    for listener in settlement.missed { listener.deliver(.gap) }
                case .failure(let error):
                    // What the server knows now is not known: the next connection begins anew.
                    return connection.close(error)
                }
            }
        }
    }

    private func watch(_ connection: RedisConnection) async -> StoreError {
        while await !connection.waitForEnd(until: clock.now + configuration.pingInterval) {
            do throws(StoreError) {
                _ = try await connection.send(RedisCommand("PING"), deadline: clock.now + configuration.connectTimeout)
                if state.withLock({ $0.machine.askAgain() }) { wake() }
            } catch {
                if Task.isCancelled { continue }
                connection.close(StoreError(.unavailable, "Redis at \(connection.name) gives no sign of life", cause: error))
            }
        }
        return connection.endReason
    }
}
