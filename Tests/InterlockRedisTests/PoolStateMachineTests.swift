@testable import InterlockRedis
import InterlockSimulation
import InterlockStorage
import Testing

@Suite("A node's connections")
struct PoolStateMachineTests {
    private typealias Machine = PoolStateMachine<Int, Int>
    private let down = StoreError(.unavailable, "down")

    @Test("callers wait while a connection may come, take them in turn, and are refused when none will")
    func table() {
        var machine = Machine(size: 2, maximumWaiting: 2)
        guard case .wait(let first) = machine.take(1), case .wait = machine.take(2), case .refused = machine.take(3) else { return #expect(Bool(false)) }
        #expect(machine.giveUp(first) == 1 && machine.giveUp(first) == nil)
        #expect(machine.failed(0, down).isEmpty)
        let welcome = machine.connected(1, 101)
        #expect(welcome?.waiting == [2] && welcome?.isFirst == true)
        machine.connecting(0)
        #expect(machine.connected(0, 100)?.isFirst == false)
        var used: [Int] = []
        for _ in 0..<4 { if case .use(let connection) = machine.take(4) { used.append(connection) } }
        #expect(used.sorted() == [100, 100, 101, 101] && used[0] != used[1])
        _ = machine.failed(0, down)
        _ = machine.failed(1, StoreError(.refused, "password"))
        guard case .refused(let error) = machine.take(5) else { return #expect(Bool(false)) }
        #expect(error.code == .refused)
        machine.connecting(0)
        guard case .wait = machine.take(6) else { return #expect(Bool(false)) }
        #expect(machine.failed(0, down) == [6])
        machine.connecting(0)
        #expect(machine.connected(0, 102)?.isFirst == true && machine.reconnects == 1)
        #expect(machine.shutDown().connections == [102] && machine.connected(1, 103) == nil)
        guard case .refused = machine.take(7) else { return #expect(Bool(false)) }
    }

    /// The negative control beside it forgets those whom a failure leaves with nothing to wait for.
    @Test("in any order everybody is answered once, and nobody waits for nothing", arguments: [true, false])
    func anyOrder(answersAfterFailures: Bool) {
        var broken = 0
        for seed in 0..<200 as Range<UInt64> { if !holds(seed, answersAfterFailures) { broken += 1 } }
        if answersAfterFailures { #expect(broken == 0) } else { #expect(broken > 0) }
    }

    private enum Slot { case connecting, ready(Int), pausing }

    private func holds(_ seed: UInt64, _ answersAfterFailures: Bool) -> Bool {
        var random = SeededRandom(seed: seed)
        let size = Int.random(in: 1...4, using: &random)
        var machine = Machine(size: size, maximumWaiting: 5)
        var slots = [Slot](repeating: .connecting, count: size)
        var waiting: [UInt64: Int] = [:]
        var (next, made) = (0, 0)
        func ready() -> [Int] { slots.compactMap { if case .ready(let connection) = $0 { connection } else { nil } } }
        func isMayBe() -> Bool { slots.contains { if case .connecting = $0 { true } else { false } } }
        func answer(_ tickets: [Int]) -> Bool {
            guard Set(tickets) == Set(waiting.values), tickets.count == waiting.count else { return false }
            waiting = [:]
            return true
        }
        for _ in 0..<300 {
            let slot = Int.random(in: 0..<size, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<3:
                next += 1
                switch machine.take(next) {
                case .use(let connection): if !ready().contains(connection) { return false }
                case .wait(let number):
                    if !ready().isEmpty || !isMayBe() || waiting.count >= 5 { return false }
                    waiting[number] = next
                case .refused: if !ready().isEmpty || isMayBe() && waiting.count < 5 { return false }
                }
            case 3:
                guard let (number, ticket) = waiting.randomElement(using: &random) else { continue }
                waiting[number] = nil
                if machine.giveUp(number) != ticket || machine.giveUp(number) != nil { return false }
            case 4, 5:
                switch slots[slot] {
                case .connecting:
                    made += 1
                    let wasFirst = ready().isEmpty
                    slots[slot] = .ready(made)
                    guard let welcome = machine.connected(slot, made), welcome.isFirst == wasFirst, answer(welcome.waiting) else { return false }
                case .pausing:
                    slots[slot] = .connecting
                    machine.connecting(slot)
                case .ready: continue
                }
            default:
                if case .pausing = slots[slot] { continue }
                slots[slot] = .pausing
                let tickets = machine.failed(slot, down)
                if !tickets.isEmpty, !answersAfterFailures { continue }
                if !tickets.isEmpty, !answer(tickets) { return false }
            }
            // Whoever waits has something to wait for.
            if !waiting.isEmpty, !ready().isEmpty || !isMayBe() { return false }
            if machine.ready != ready() { return false }
            // In turn: nobody is asked twice before all others.
            let connections = ready()
            let asked = connections.indices.compactMap { _ in if case .use(let connection) = machine.take(0) { connection } else { nil } }
            if asked.sorted() != connections.sorted() { return false }
        }
        let rest = machine.shutDown()
        return answer(rest.waiting) && rest.connections == ready()
    }
}
