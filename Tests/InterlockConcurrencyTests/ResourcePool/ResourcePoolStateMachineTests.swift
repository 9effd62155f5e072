import InterlockConcurrency
import Testing

@Suite("The state machine of a pool of resources")
struct ResourcePoolStateMachineTests {
    private typealias Machine = ResourcePoolStateMachine<Int, String>

    private struct Unexpected: Error {}

    /// In what the pool is when something happens: of one to two resources, with a line of one.
    enum State: CaseIterable {
        case empty
        /// One resource is lent, and there is room for another.
        case lent
        /// One lies ready, one or two of them.
        case ready, twoReady
        /// Both are lent; and somebody waits.
        case full, waited
        /// One was left behind by its borrower.
        case orphaned
        /// One is being closed.
        case closing
        /// A place is taken for one that is being made ahead of need.
        case stocking
        /// One is lent; the pool closes.
        case draining, shutDown
    }

    enum Event: CaseIterable {
        case acquire, acquireLate, giveUp, failToMake, giveBack, spoil, abandon, closed, stock, failToStock, maintain, shrink, drain, shutDown, watch
    }

    private struct Scene {
        var machine = Machine(
            .init(minimum: 1, maximum: 2, idleLifetime: .seconds(10), lifetime: .seconds(100), validateAfter: .seconds(5), queue: .init(depth: 1)))
        var leases: [Int] = []
        var ticket: Machine.Ticket?
        private let state: State
        private let place = SourcePlace(file: "test", line: 1)

        init(_ state: State) {
            self.state = state
            switch state {
            case .empty: break
            case .lent: lend(1)
            case .ready, .twoReady:
                lend(state == .ready ? 1 : 2)
                for (index, lease) in leases.enumerated() { _ = machine.giveBack(lease, index + 1, isUsable: true, now: .zero) }
                leases = []
            case .full: lend(2)
            case .waited:
                lend(2)
                _ = acquire("w", .zero)
            case .orphaned:
                lend(1)
                _ = machine.abandon(leases.removeLast(), 1, now: .zero)
            case .closing:
                lend(1)
                _ = machine.giveBack(leases.removeLast(), 1, isUsable: false, now: .zero)
            case .stocking: _ = machine.maintain(now: .zero)
            case .draining, .shutDown:
                lend(1)
                _ = state == .draining ? machine.startDraining(now: .zero) : machine.shutDown(now: .zero)
            }
        }

        private mutating func lend(_ count: Int) {
            for resource in 1...count {
                _ = acquire("\(resource)", .zero)
                machine.didMake(leases[resource - 1], now: .zero)
            }
        }

        private mutating func acquire(_ name: String, _ now: MonotonicTime, deadline: MonotonicTime? = nil) -> String {
            switch machine.acquire(name, at: place, Patience(now: now, deadline: deadline)) {
            case .granted(let granted):
                leases.append(granted.lease)
                return words(granted)
            case .queued(let ticket, let evicted):
                self.ticket = ticket
                return evicted.map { "queued for \($0)" } ?? "queued"
            case .refused(let code, _): return "\(code)"
            }
        }

        private func words(_ granted: Machine.Granted) -> String {
            switch granted.grant {
            case .use(let resource, let validate): "use \(resource)\(validate ? " if valid" : "")"
            case .make: "make"
            case .replace(let resource): "replace \(resource)"
            }
        }

        private func words(_ effects: Machine.Effects) -> String {
            let granted = effects.granted.map { "\($0.waiter): \(words($0.granted))" }
            let told = granted + effects.refused.map { "\($0) refused" } + effects.close.map { "close \($0)" } + effects.drained.map { "\($0) drained" }
            return told.isEmpty ? "nothing" : told.joined(separator: ", ")
        }

        /// What is told, seven seconds later, and what the pool is then: places taken, ready, lent, waiting. `nil` when it cannot happen.
        mutating func tell(_ event: Event) -> String? {
            let now = MonotonicTime.zero + .seconds(7)
            let told: String
            switch event {
            case .acquire: told = acquire("a", now)
            case .acquireLate: told = acquire("a", now, deadline: now)
            case .giveUp:
                guard let ticket, let left = machine.giveUp(ticket, .cancelled, now: now) else { return nil }
                told = "\(left.waiter) left, \(words(left.effects))"
            case .failToMake:
                guard let lease = leases.last else { return nil }
                told = words(machine.didFailToMake(lease, now: now))
            case .giveBack, .spoil:
                guard let lease = leases.last else { return nil }
                told = words(machine.giveBack(lease, leases.count, isUsable: event == .giveBack, now: now))
            case .abandon:
                guard let lease = leases.last, let left = machine.abandon(lease, leases.count, now: now) else { return nil }
                told = words(left.effects)
            case .closed:
                guard state == .closing else { return nil }
                told = words(machine.closed(now: now))
            case .stock, .failToStock:
                guard state == .stocking else { return nil }
                told = words(event == .stock ? machine.didStock(7, now: now) : machine.didFailToStock(now: now))
            case .maintain:
                let due = machine.maintain(now: .zero + .seconds(20))
                told = (due.close.map { "close \($0)" } + (due.make > 0 ? ["make \(due.make)"] : [])).joined(separator: ", ")
            case .shrink: told = words(machine.resize(minimum: 0, maximum: 1, now: now))
            case .drain: told = words(machine.startDraining(now: now))
            case .shutDown: told = words(machine.shutDown(now: now))
            case .watch: told = machine.watchIdle("d") == nil ? "idle" : "waits"
            }
            return "\(told.isEmpty ? "nothing" : told) → \(machine.total) \(machine.idleCount) \(machine.leases.count) \(machine.waiting)"
        }
    }

    /// What each event tells in each state: places taken, resources ready, lent, and callers in line afterwards. What is missing
    /// cannot happen there.
    private static let table: [State: [Event: String]] = [
        .empty: [
            .acquire: "make → 1 0 1 0", .acquireLate: "make → 1 0 1 0", .maintain: "make 1 → 1 0 0 0", .shrink: "nothing → 0 0 0 0",
            .drain: "nothing → 0 0 0 0", .shutDown: "nothing → 0 0 0 0", .watch: "idle → 0 0 0 0",
        ],
        .lent: [
            .acquire: "make → 2 0 2 0", .acquireLate: "make → 2 0 2 0", .failToMake: "nothing → 0 0 0 0", .giveBack: "nothing → 1 1 0 0",
            .spoil: "close 1 → 1 0 0 0", .abandon: "nothing → 1 0 0 0", .maintain: "nothing → 1 0 1 0", .shrink: "nothing → 1 0 1 0",
            .drain: "nothing → 1 0 1 0", .shutDown: "nothing → 1 0 1 0", .watch: "waits → 1 0 1 0",
        ],
        .ready: [
            .acquire: "use 1 if valid → 1 0 1 0", .acquireLate: "use 1 if valid → 1 0 1 0", .maintain: "nothing → 1 1 0 0",
            .shrink: "nothing → 1 1 0 0", .drain: "close 1 → 1 0 0 0", .shutDown: "close 1 → 1 0 0 0", .watch: "waits → 1 1 0 0",
        ],
        .twoReady: [
            .acquire: "use 2 if valid → 2 1 1 0", .acquireLate: "use 2 if valid → 2 1 1 0", .maintain: "close 1 → 2 1 0 0",
            .shrink: "close 1 → 2 1 0 0", .drain: "close 1, close 2 → 2 0 0 0", .shutDown: "close 1, close 2 → 2 0 0 0", .watch: "waits → 2 2 0 0",
        ],
        .full: [
            .acquire: "queued → 2 0 2 1", .acquireLate: "deadlineExceeded → 2 0 2 0", .failToMake: "nothing → 1 0 1 0", .giveBack: "nothing → 2 1 1 0",
            .spoil: "close 2 → 2 0 1 0", .abandon: "nothing → 2 0 1 0", .maintain: "nothing → 2 0 2 0", .shrink: "nothing → 2 0 2 0",
            .drain: "nothing → 2 0 2 0", .shutDown: "nothing → 2 0 2 0", .watch: "waits → 2 0 2 0",
        ],
        .waited: [
            .acquire: "queueFull → 2 0 2 1", .acquireLate: "deadlineExceeded → 2 0 2 1", .giveUp: "w left, nothing → 2 0 2 0",
            .failToMake: "w: make → 2 0 2 0", .giveBack: "w: use 2 → 2 0 2 0", .spoil: "close 2 → 2 0 1 1", .abandon: "w: replace 2 → 2 0 2 0",
            .maintain: "nothing → 2 0 2 1", .shrink: "nothing → 2 0 2 1", .drain: "nothing → 2 0 2 1", .shutDown: "w refused → 2 0 2 0",
            .watch: "waits → 2 0 2 1",
        ],
        .orphaned: [
            .acquire: "replace 1 → 1 0 1 0", .acquireLate: "replace 1 → 1 0 1 0", .maintain: "close 1, make 1 → 2 0 0 0", .shrink: "nothing → 1 0 0 0",
            .drain: "close 1 → 1 0 0 0", .shutDown: "close 1 → 1 0 0 0", .watch: "waits → 1 0 0 0",
        ],
        .closing: [
            .acquire: "make → 2 0 1 0", .acquireLate: "make → 2 0 1 0", .closed: "nothing → 0 0 0 0", .maintain: "make 1 → 2 0 0 0",
            .shrink: "nothing → 1 0 0 0", .drain: "nothing → 1 0 0 0", .shutDown: "nothing → 1 0 0 0", .watch: "waits → 1 0 0 0",
        ],
        .stocking: [
            .acquire: "make → 2 0 1 0", .acquireLate: "make → 2 0 1 0", .stock: "nothing → 1 1 0 0", .failToStock: "nothing → 0 0 0 0",
            .maintain: "nothing → 1 0 0 0", .shrink: "nothing → 1 0 0 0", .drain: "nothing → 1 0 0 0", .shutDown: "nothing → 1 0 0 0",
            .watch: "waits → 1 0 0 0",
        ],
        .draining: closed,
        .shutDown: closed,
    ]

    /// With one lent, draining and shutting down differ only in what has become of the line.
    private static let closed: [Event: String] = [
        .acquire: "shutDown → 1 0 1 0", .acquireLate: "shutDown → 1 0 1 0", .failToMake: "nothing → 0 0 0 0", .giveBack: "close 1 → 1 0 0 0",
        .spoil: "close 1 → 1 0 0 0", .abandon: "close 1 → 1 0 0 0", .maintain: "nothing → 1 0 1 0", .shrink: "nothing → 1 0 1 0",
        .drain: "nothing → 1 0 1 0", .shutDown: "nothing → 1 0 1 0", .watch: "waits → 1 0 1 0",
    ]

    @Test("tells what its table says, for each event in each state", arguments: State.allCases, Event.allCases)
    func table(state: State, event: Event) {
        var scene = Scene(state)
        #expect(scene.tell(event) == Self.table[state]?[event])
    }

    @Test("tells who waits for it to run empty when the last resource is closed, and not who waits no longer")
    func drained() throws {
        let scene = Scene(.draining)
        var machine = scene.machine
        guard let gone = machine.watchIdle("gone"), machine.watchIdle("end") != nil else { throw Unexpected() }
        #expect(machine.unwatchIdle(gone) == "gone")
        #expect(machine.unwatchIdle(gone) == nil)
        #expect(machine.giveBack(scene.leases[0], 1, isUsable: true, now: .zero).drained == [])
        #expect(machine.closed(now: .zero).drained == ["end"])
        #expect(machine.watchIdle("late") == nil)
    }

    @Test("counts what is made, found invalid, closed and left behind; a longer line lets another in")
    func counters() {
        var scene = Scene(.waited)
        scene.machine.setQueueDepth(2)
        #expect(scene.tell(.acquire) == "queued → 2 0 2 2")
        scene.machine.didInvalidate()
        scene.machine.didReplace()
        _ = scene.tell(.abandon)
        let machine = scene.machine
        #expect([machine.made, machine.invalid, machine.closedCount, machine.leaked, machine.makeFailures] == [2, 1, 1, 1, 0])
    }
}
