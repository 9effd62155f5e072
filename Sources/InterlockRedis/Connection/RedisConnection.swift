internal import InterlockConcurrency
internal import InterlockStorage
internal import NIOCore
import Synchronization

/// One connection that many callers share: their commands are written in the order they come, and each gets its own reply.
///
/// Callers on any thread append to one buffer; the event loop is woken once for all that has gathered. A caller that is cancelled or runs out
/// of time leaves at once, and its reply is dropped when it comes.
final class RedisConnection: Sendable {
    typealias Reply = Result<RESPValue, StoreError>

    private struct State: Sendable {
        var machine: ConnectionStateMachine<Waiter<Reply>>
        var outgoing = ByteBuffer()
        var isFlushScheduled = false
        var failure: StoreError?
        var endWaiter: Waiter<Bool>?
    }

    /// Where it leads; for messages.
    let name: String
    private let channel: any Channel
    private let clock: any SchedulingClock
    private let onPush: @Sendable ([RESPValue]) -> Void
    private let state: Mutex<State>

    init(
        name: String, channel: any Channel, maximumCommands: Int, maximumBytes: Int, clock: any SchedulingClock,
        onPush: @escaping @Sendable ([RESPValue]) -> Void
    ) {
        self.name = name
        self.channel = channel
        self.clock = clock
        self.onPush = onPush
        state = Mutex(State(machine: ConnectionStateMachine(maximumCommands: maximumCommands, maximumBytes: maximumBytes)))
    }

    /// Commands without a reply.
    var inFlight: Int { state.withLock { $0.machine.inFlight } }

    /// Why it has ended.
    var endReason: StoreError { state.withLock { $0.failure } ?? StoreError(.unavailable, "Redis at \(name): the connection is closed") }

    /// Sends a command and waits for its reply, which may be an error of the server's.
    ///
    /// - Parameter asking: sends `ASKING` right before it.
    func send(_ command: RedisCommand, asking: Bool = false, deadline: MonotonicTime) async throws(StoreError) -> RESPValue {
        let waiter = Waiter<Reply>()
        let number = try write(command, waiter, asking: asking)
        return try await wait(waiter, number, command, deadline).get()
    }

    /// Sends commands right after one another, and waits for all their replies. They are sent all or none.
    func send(_ commands: [RedisCommand], areAnsweredByPush: Bool = false, deadline: MonotonicTime) async -> [Reply] {
        let waiters = commands.map { _ in Waiter<Reply>() }
        let numbers: [UInt64]
        do throws(StoreError) { numbers = try write(commands, waiters, areAnsweredByPush) } catch { return commands.map { _ in .failure(error) } }
        // One timer for all: an early one costs a thread its sleep.
        let timer = clock.schedule(at: deadline) { [self] in giveUp(numbers, of: commands, .deadlineExceeded) }
        let replies = await withTaskCancellationHandler {
            var replies: [Reply] = []
            replies.reserveCapacity(commands.count)
            for waiter in waiters { replies.append(await waiter.suspend()) }
            return replies
        } onCancel: {
            giveUp(numbers, of: commands, .cancelled)
        }
        timer.cancel()
        return replies
    }

    /// Ends the connection. Signals and returns; who waits for a reply gets the error.
    func close(_ reason: StoreError) {
        end(reason)
        // How closing went matters to nobody: the descriptor is gone either way.
        channel.close(promise: nil)
    }

    /// Waits until the connection has ended; `false` when it still stands at `time`.
    func waitForEnd(until time: MonotonicTime) async -> Bool {
        let waiter = Waiter<Bool>()
        let isOpen = state.withLock { state in
            precondition(state.endWaiter == nil, "two wait for the end of one connection")
            guard !state.machine.isClosed else { return false }
            state.endWaiter = waiter
            return true
        }
        guard isOpen else { return true }
        let timer = clock.schedule(at: time) { [self] in takeEndWaiter()?.resolve(false) }
        let ended = await waiter.suspend()
        timer.cancel()
        return ended
    }

    // MARK: - From the event loop

    /// Whole values have arrived, in this order.
    func received(_ values: [RESPValue]) {
        let now = clock.now
        let deliveries = state.withLock { state in values.map { state.machine.receive($0, now: now) } }
        for (value, delivery) in zip(values, deliveries) {
            switch delivery {
            case .deliver(let waiter, _): waiter.resolve(.success(value))
            case .drop: break
            case .push(let elements): onPush(elements)
            case .unexpected: return close(StoreError(.corrupt, "Redis at \(name): a reply came that nobody asked for; is it a Redis server?"))
            }
        }
    }

    /// The connection has ended, or is about to; the first reason counts.
    func end(_ reason: StoreError) {
        let (waiters, endWaiter, failure) = state.withLock { state in
            let failure = state.failure ?? reason
            state.failure = failure
            defer { state.endWaiter = nil }
            return (state.machine.close(), state.endWaiter, failure)
        }
        for waiter in waiters { waiter.resolve(.failure(failure)) }
        endWaiter?.resolve(true)
    }

    // MARK: - Writing

    private func write(_ command: RedisCommand, _ waiter: Waiter<Reply>, asking: Bool) throws(StoreError) -> UInt64 {
        let now = clock.now
        let size = command.approximateBytes
        let (admission, wakes): (ConnectionStateMachine<Waiter<Reply>>.Admission, Bool) = state.withLock { state in
            if asking {
                guard state.machine.hasRoom(commands: 2, bytes: size + 16) else { return (state.machine.isClosed ? .closed : .full, false) }
                RedisCommand("ASKING").encode(into: &state.outgoing)
                _ = state.machine.place(nil, bytes: 16, now: now)
                command.encode(into: &state.outgoing)
                return (.accepted(state.machine.place(waiter, bytes: size, now: now)), Self.scheduleFlush(&state))
            }
            let admission = state.machine.send(waiter, bytes: size, now: now)
            if case .accepted = admission { command.encode(into: &state.outgoing) }
            return (admission, Self.scheduleFlush(&state))
        }
        if wakes { channel.eventLoop.execute { self.flush() } }
        guard case .accepted(let number) = admission else { throw refusal(admission) }
        return number
    }

    private func write(_ commands: [RedisCommand], _ waiters: [Waiter<Reply>], _ areAnsweredByPush: Bool) throws(StoreError) -> [UInt64] {
        let now = clock.now
        let sizes = commands.map(\.approximateBytes)
        let total = sizes.reduce(0, +)
        let (numbers, wakes, isClosed): ([UInt64], Bool, Bool) = state.withLock { state in
            guard state.machine.hasRoom(commands: commands.count, bytes: total) else { return ([], false, state.machine.isClosed) }
            let numbers = commands.indices.map { index in
                commands[index].encode(into: &state.outgoing)
                return state.machine.place(waiters[index], bytes: sizes[index], isAnsweredByPush: areAnsweredByPush, now: now)
            }
            return (numbers, Self.scheduleFlush(&state), false)
        }
        if wakes { channel.eventLoop.execute { self.flush() } }
        guard numbers.count == commands.count else { throw refusal(isClosed ? .closed : .full) }
        return numbers
    }

    private static func scheduleFlush(_ state: inout State) -> Bool {
        guard !state.isFlushScheduled, state.outgoing.readableBytes > 0 else { return false }
        state.isFlushScheduled = true
        return true
    }

    private func flush() {
        let bytes = state.withLock { state in
            state.isFlushScheduled = false
            defer { state.outgoing = ByteBuffer() }
            return state.outgoing
        }
        // A write that fails closes the channel, and who waits for a reply hears of it by that.
        channel.writeAndFlush(bytes, promise: nil)
    }

    private func wait(_ waiter: Waiter<Reply>, _ number: UInt64, _ command: RedisCommand, _ deadline: MonotonicTime) async -> Reply {
        await waiter.wait(until: deadline, on: clock) { [self] reason in giveUp([number], of: [command], reason) }
    }

    private func giveUp(_ numbers: [UInt64], of commands: [RedisCommand], _ reason: GiveUpReason) {
        let waiters = state.withLock { state in numbers.map { state.machine.giveUp($0) } }
        for (command, waiter) in zip(commands, waiters) {
            waiter?.resolve(.failure(reason == .cancelled ? .cancelled(name) : .tooLate(name, command.name)))
        }
    }

    private func takeEndWaiter() -> Waiter<Bool>? {
        state.withLock { state in
            defer { state.endWaiter = nil }
            return state.endWaiter
        }
    }

    private func refusal(_ admission: ConnectionStateMachine<Waiter<Reply>>.Admission) -> StoreError {
        if admission == .full { return StoreError(.unavailable, "Redis at \(name): too many commands wait for replies on one connection; raise poolSize, or ask for less at once") }
        return endReason
    }
}
