import InterlockConcurrency

/// A lock on a file whose system gives it at once.
struct ClosingFileLock: ClosingMachine {
    private typealias Machine = FileLockStateMachine<Int>
    private var machine = Machine(queue: .init(depth: 4))
    private var tickets: [Int: Machine.Ticket] = [:]
    private var watchers: [Int: WaiterQueue<Int>.Ticket] = [:]

    mutating func acquire(_ id: Int) -> Bool? {
        guard case .queued(let ticket, _, let attempt) = machine.acquire(id, Patience(now: .zero)) else { return nil }
        tickets[id] = ticket
        return attempt ? succeed() == [id] : false
    }

    mutating func release(_ id: Int) -> Told {
        machine.release(now: .zero)
        let effects = machine.didUnlock()
        return Told(granted: effects.attempt ? succeed() : [], drained: effects.drained)
    }

    mutating func giveUp(_ id: Int) -> Told? { tickets[id].flatMap { machine.giveUp($0, .cancelled) }.map { Told(drained: $0.drained) } }
    mutating func startDraining() -> Told { Told(drained: machine.startDraining()) }
    mutating func shutDown() -> Told { Told(machine.shutDown()) }

    mutating func watchIdle(_ id: Int) -> Bool {
        watchers[id] = machine.watchIdle(id)
        return watchers[id] != nil
    }

    mutating func unwatchIdle(_ id: Int) -> Bool { watchers[id].flatMap { machine.unwatchIdle($0) } != nil }

    private mutating func succeed() -> [Int] {
        if case .granted(let next, _) = machine.attemptSucceeded(now: .zero) { [next] } else { [] }
    }
}
