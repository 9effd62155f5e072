import InterlockConcurrency
import Testing

@Suite("The state machine of a single flight")
struct SingleFlightStateMachineTests {
    private typealias Machine = SingleFlightStateMachine<String, Int>

    private struct Unexpected: Error {}

    /// How the work for one key stands when something happens.
    enum State: CaseIterable {
        case none
        /// Caller 1 waits for it; and caller 2 as well.
        case led, followed
        /// Caller 1 waits for it, and whoever comes begins anew.
        case forgotten
        /// It runs, and nobody waits for it any more.
        case abandoned, outOfTime
        /// Caller 1 waits for it, and nobody new is let in.
        case draining
        case shutDown
    }

    enum Event: CaseIterable {
        case join, joinCancelled, joinLate, land, timeOut, leaderLeaves, followerLeaves, forget, forgetAll, drain, shutDown, watch
    }

    private struct Scene {
        var machine = Machine(queue: QueueConfiguration(depth: 10))
        var flight: Int?
        var tickets: [Machine.Ticket] = []

        init(_ state: State) {
            if state == .none { return }
            _ = join(1, Patience(now: .zero))
            switch state {
            case .none, .led: break
            case .followed: _ = join(2, Patience(now: .zero))
            case .forgotten: _ = machine.forget("key")
            case .abandoned: _ = machine.giveUp(tickets[0], .cancelled)
            case .outOfTime: _ = machine.timeOut("key", flight: flight ?? 0)
            case .draining: _ = machine.startDraining()
            case .shutDown: _ = machine.shutDown()
            }
        }

        private mutating func join(_ caller: Int, _ patience: Patience) -> String {
            switch machine.join("key", caller, patience) {
            case .leads(let ticket, let number, _):
                tickets.append(ticket)
                flight = flight ?? number
                return "leads"
            case .follows(let ticket, _):
                tickets.append(ticket)
                return "follows"
            case .refused(let code, _): return "\(code)"
            }
        }

        /// What is told, and what there is then: work somebody waits for, work that runs, callers that wait. `nil` when it cannot happen.
        mutating func tell(_ event: Event) -> String? {
            let told: String
            switch event {
            case .join: told = join(9, Patience(now: .zero))
            case .joinCancelled: told = join(9, Patience(now: .zero, isCancelled: true))
            case .joinLate: told = join(9, Patience(now: .zero, deadline: .zero))
            case .land:
                guard let flight else { return nil }
                let landed = machine.land("key", flight: flight, now: .zero)
                told = "to \(landed.waiters)"
            case .timeOut:
                guard let flight else { return nil }
                told = "to \(machine.timeOut("key", flight: flight))"
            case .leaderLeaves, .followerLeaves:
                let index = event == .leaderLeaves ? 0 : 1
                guard tickets.count > index else { return nil }
                let left = machine.giveUp(tickets[index], .cancelled)
                told = left.map { $0.abandoned == nil ? "\($0.waiter) left" : "\($0.waiter) left, cancel" } ?? "too late"
            case .forget: told = "\(machine.forget("key"))"
            case .forgetAll:
                machine.forgetAll()
                told = "done"
            case .drain: told = "drained \(machine.startDraining())"
            case .shutDown:
                let closed = machine.shutDown()
                told = "refused \(closed.refused), cancel \(closed.abandoned.count), drained \(closed.drained)"
            case .watch: told = machine.watchIdle(5) == nil ? "idle" : "waits"
            }
            return "\(told) → \(machine.underWay) \(machine.running) \(machine.waiting)"
        }
    }

    /// What each event tells in each state: work that somebody waits for, work that runs, and callers that wait afterwards.
    /// What is missing cannot happen there.
    private static let table: [State: [Event: String]] = [
        .none: [
            .join: "leads → 1 1 1", .joinCancelled: "cancelled → 0 0 0", .joinLate: "deadlineExceeded → 0 0 0", .forget: "false → 0 0 0",
            .forgetAll: "done → 0 0 0", .drain: "drained [] → 0 0 0", .shutDown: "refused [], cancel 0, drained [] → 0 0 0", .watch: "idle → 0 0 0",
        ],
        .led: [
            .join: "follows → 1 1 2", .joinCancelled: "cancelled → 1 1 1", .joinLate: "deadlineExceeded → 1 1 1", .land: "to [1] → 0 0 0",
            .timeOut: "to [1] → 0 1 0", .leaderLeaves: "1 left, cancel → 0 1 0", .forget: "true → 1 1 1", .forgetAll: "done → 1 1 1",
            .drain: "drained [] → 1 1 1", .shutDown: "refused [1], cancel 1, drained [] → 0 1 0", .watch: "waits → 1 1 1",
        ],
        .followed: [
            .join: "follows → 1 1 3", .joinCancelled: "cancelled → 1 1 2", .joinLate: "deadlineExceeded → 1 1 2", .land: "to [1, 2] → 0 0 0",
            .timeOut: "to [1, 2] → 0 1 0", .leaderLeaves: "1 left → 1 1 1", .followerLeaves: "2 left → 1 1 1", .forget: "true → 1 1 2",
            .forgetAll: "done → 1 1 2", .drain: "drained [] → 1 1 2", .shutDown: "refused [1, 2], cancel 1, drained [] → 0 1 0",
            .watch: "waits → 1 1 2",
        ],
        .forgotten: [
            .join: "leads → 2 2 2", .joinCancelled: "cancelled → 1 1 1", .joinLate: "deadlineExceeded → 1 1 1", .land: "to [1] → 0 0 0",
            .timeOut: "to [1] → 0 1 0", .leaderLeaves: "1 left, cancel → 0 1 0", .forget: "false → 1 1 1", .forgetAll: "done → 1 1 1",
            .drain: "drained [] → 1 1 1", .shutDown: "refused [1], cancel 1, drained [] → 0 1 0", .watch: "waits → 1 1 1",
        ],
        .abandoned: unwanted,
        .outOfTime: unwanted,
        .draining: [
            .join: "shutDown → 1 1 1", .joinCancelled: "cancelled → 1 1 1", .joinLate: "shutDown → 1 1 1", .land: "to [1] → 0 0 0",
            .timeOut: "to [1] → 0 1 0", .leaderLeaves: "1 left, cancel → 0 1 0", .forget: "true → 1 1 1", .forgetAll: "done → 1 1 1",
            .drain: "drained [] → 1 1 1", .shutDown: "refused [1], cancel 1, drained [] → 0 1 0", .watch: "waits → 1 1 1",
        ],
        .shutDown: unwanted.merging([.join: "shutDown → 0 1 0", .joinLate: "shutDown → 0 1 0"]) { $1 },
    ]

    /// It runs until it ends, and nobody waits for it.
    private static let unwanted: [Event: String] = [
        .join: "leads → 1 2 1", .joinCancelled: "cancelled → 0 1 0", .joinLate: "deadlineExceeded → 0 1 0", .land: "to [] → 0 0 0",
        .timeOut: "to [] → 0 1 0", .leaderLeaves: "too late → 0 1 0", .forget: "false → 0 1 0", .forgetAll: "done → 0 1 0",
        .drain: "drained [] → 0 1 0", .shutDown: "refused [], cancel 0, drained [] → 0 1 0", .watch: "waits → 0 1 0",
    ]

    @Test("tells what its table says, for each event in each state", arguments: State.allCases, Event.allCases)
    func table(state: State, event: Event) {
        var scene = Scene(state)
        #expect(scene.tell(event) == Self.table[state]?[event])
    }

    @Test("tells who waits for it to run empty when the last work has ended, also work that nobody waits for, and not who waits no longer")
    func drained() throws {
        let scene = Scene(.draining)
        var machine = scene.machine
        guard let flight = scene.flight, let gone = machine.watchIdle(7), machine.watchIdle(8) != nil else { throw Unexpected() }
        #expect(machine.unwatchIdle(gone) == 7)
        #expect(machine.unwatchIdle(gone) == nil)
        #expect(machine.giveUp(scene.tickets[0], .cancelled)?.abandoned == flight)
        #expect(machine.land("key", flight: flight, now: .zero).drained == [8])
        #expect(machine.watchIdle(9) == nil)
    }
}
