import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("The state machine of a keyed mutex")
struct KeyedMutexStateMachineTests {
    private typealias Machine = KeyedMutexStateMachine<String>

    private let patience = Patience(now: .zero)

    private struct Unexpected: Error {}

    private func granted(_ machine: inout Machine, _ name: String, _ keys: [Int32]) throws -> Machine.Ticket {
        guard case .granted(let ticket) = machine.lock(name, keys, patience) else { throw Unexpected() }
        return ticket
    }

    private func queued(_ machine: inout Machine, _ name: String, _ keys: [Int32]) throws -> Machine.Ticket {
        guard case .queued(let ticket, evicted: nil, granted: []) = machine.lock(name, keys, patience) else { throw Unexpected() }
        return ticket
    }

    @Test("goes through one key, several keys, hand-over and give-up")
    func table() throws {
        var machine = Machine(queue: .init(depth: 10))
        let a = try granted(&machine, "a", [1])
        let b = try granted(&machine, "b", [2])
        let both = try queued(&machine, "both", [1, 2])
        let c = try queued(&machine, "c", [2])
        #expect(machine.tryLock([Int32(2), 3]) == nil)
        #expect(machine.unlock(a).granted == [], "both still waits for 2")
        #expect(machine.tryLock([Int32(1)]) == nil, "1 is kept for both, which is ahead")
        #expect(machine.unlock(b).granted == ["both"])
        #expect(machine.giveUp(both, .cancelled) == nil, "both holds its keys by now")
        #expect(machine.unlock(both).granted == ["c"])
        #expect(machine.unlock(c).granted == [])
        #expect(machine.holders == 0)
        #expect(machine.waiting == 0)
        #expect(machine.tryLock([Int32(1), 2]) != nil)
    }

    @Test("lets go all who were only behind a request that gives up")
    func giveUp() throws {
        var machine = Machine(queue: .init(depth: 10))
        let a = try granted(&machine, "a", [1])
        let wide = try queued(&machine, "wide", [1, 2, 3])
        _ = try queued(&machine, "two", [2])
        _ = try queued(&machine, "three", [3])
        let left = machine.giveUp(wide, .deadlineExceeded)
        #expect(left?.waiter == "wide")
        #expect(Set(left?.effects.granted ?? []) == ["two", "three"])
        #expect(machine.unlock(a).granted == [])
    }

    @Test("counts a key that is named twice once")
    func duplicates() throws {
        var machine = Machine(queue: .init(depth: 10))
        let a = try granted(&machine, "a", [1, 1, 2, 1])
        let b = try queued(&machine, "b", [2, 2])
        #expect(machine.unlock(a).granted == ["b"])
        #expect(machine.unlock(b).granted == [])
    }

    @Test("leaves no trace of a request that it refused")
    func refusals() throws {
        var machine = Machine(queue: .init(depth: 1))
        let a = try granted(&machine, "a", [1])
        _ = try queued(&machine, "b", [1])
        guard case .refused(.queueFull, retryAfter: nil) = machine.lock("c", [Int32(1), 2], patience) else { throw Unexpected() }
        guard case .refused(.cancelled, retryAfter: nil) = machine.lock("c", [Int32(2)], Patience(now: .zero, isCancelled: true)) else {
            throw Unexpected()
        }
        let late = Patience(now: .zero, deadline: .zero)
        guard case .refused(.deadlineExceeded, retryAfter: nil) = machine.lock("c", [Int32(1), 2], late) else { throw Unexpected() }
        #expect(machine.tryLock([Int32(2)]) != nil, "the refused left no place behind in the line of 2")
        #expect(machine.unlock(a).granted == ["b"])
    }

    @Test("shuts down: refuses everybody in line, also those whose keys come free by it, and leaves holders alone")
    func shuttingDown() throws {
        var machine = Machine(queue: .init(depth: 10))
        let a = try granted(&machine, "a", [1])
        _ = try queued(&machine, "wide", [1, 2, 3])
        let two = try queued(&machine, "two", [2])
        let four = try granted(&machine, "four", [4])
        _ = try queued(&machine, "three", [3])
        let effects = machine.shutDown()
        #expect(effects.refused == ["wide", "two", "three"])
        #expect(effects.granted.isEmpty)
        #expect(effects.drained.isEmpty)
        #expect(machine.giveUp(two, .cancelled) == nil, "two was told")
        #expect(machine.waiting == 0)
        #expect(machine.holders == 2)
        #expect(machine.watchIdle("end") != nil)
        #expect(machine.unlock(a).drained == [])
        #expect(machine.unlock(four).drained == ["end"])
        #expect(machine.tryLock([Int32(9)]) == nil)
        guard case .refused(.shutDown, retryAfter: nil) = machine.lock("late", [Int32(9)], patience) else { throw Unexpected() }
    }

    @Test("drains: serves the lines to their end, refuses newcomers with keys that are free")
    func draining() throws {
        var machine = Machine(queue: .init(depth: 10))
        let a = try granted(&machine, "a", [1])
        let b = try queued(&machine, "b", [1])
        #expect(machine.startDraining().drained == [])
        guard case .refused(.shutDown, retryAfter: nil) = machine.lock("c", [Int32(2)], patience) else { throw Unexpected() }
        guard let gone = machine.watchIdle("gone") else { throw Unexpected() }
        #expect(machine.watchIdle("end") != nil)
        #expect(machine.unwatchIdle(gone) == "gone")
        #expect(machine.unlock(a).granted == ["b"])
        #expect(machine.unlock(b).drained == ["end"])
        #expect(machine.watchIdle("late") == nil)
    }

    @Test("gives keys to exactly those who share none with an older request, in any order of events")
    func randomOrder() {
        for seed in 0..<3_000 as Range<UInt64> {
            #expect(Self.violation(seed: seed, takesTogether: true) == nil)
        }
    }

    @Test("the proof notices when the places are not taken in one step, within 100 rounds")
    func negativeControl() {
        #expect(Proofs.failsWithin100Seeds { Self.violation(seed: $0, takesTogether: false) == nil })
    }

    /// Drives the machine through one random sequence and compares it with the rule: a request holds its keys when no
    /// older request that is still there shares one with it. The oldest request so always holds its keys.
    ///
    /// - Parameter takesTogether: With `false` a request takes its keys one by one, each as soon as it holds the one
    ///   before: the machine without its guard.
    private static func violation(seed: UInt64, takesTogether: Bool) -> String? {
        struct Request {
            let id: Int
            let keys: [Int32]
            var tickets: [KeyedMutexStateMachine<Int>.Ticket]
            var wanted: [Int32]
            var isWaiting: Bool
        }
        var random = SeededRandom(seed: seed)
        var machine = KeyedMutexStateMachine<Int>(queue: .init(depth: .max))
        var requests: [Request] = []
        func mayHold(_ index: Int) -> Bool {
            requests[..<index].allSatisfy { Set($0.keys).isDisjoint(with: requests[index].keys) }
        }
        /// Takes what the request still wants, until it must wait.
        func advance(_ index: Int) {
            while !requests[index].wanted.isEmpty, !requests[index].isWaiting {
                let next = takesTogether ? requests[index].wanted : [requests[index].wanted[0]]
                requests[index].wanted.removeFirst(next.count)
                switch machine.lock(requests[index].id, next, Patience(now: .zero)) {
                case .granted(let ticket): requests[index].tickets.append(ticket)
                case .queued(let ticket, _, _):
                    requests[index].tickets.append(ticket)
                    requests[index].isWaiting = true
                case .refused: return
                }
            }
        }
        func wake(_ granted: [Int]) {
            for id in granted {
                guard let index = requests.firstIndex(where: { $0.id == id }) else { continue }
                requests[index].isWaiting = false
                advance(index)
            }
        }
        for id in 0..<80 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let keys = (0..<Int.random(in: 1...3, using: &random)).map { _ in Int32.random(in: 0..<6, using: &random) }
                let unique = keys.reduce(into: [Int32]()) { if !$0.contains($1) { $0.append($1) } }
                requests.append(
                    Request(id: id, keys: unique, tickets: [], wanted: takesTogether ? keys : unique, isWaiting: false))
                advance(requests.count - 1)
            case 5..<8:
                guard let index = requests.indices.filter({ !requests[$0].isWaiting }).randomElement(using: &random) else { continue }
                let leaving = requests.remove(at: index)
                for ticket in leaving.tickets { wake(machine.unlock(ticket).granted) }
            default:
                guard let index = requests.indices.randomElement(using: &random), let ticket = requests[index].tickets.last else {
                    continue
                }
                let isWaiting = requests[index].isWaiting
                let left = machine.giveUp(ticket, .cancelled)
                if (left != nil) != isWaiting { return "seed \(seed): a request gave up that held its keys, or could not" }
                guard let left else { continue }
                let leaving = requests.remove(at: index)
                wake(left.effects.granted)
                for ticket in leaving.tickets.dropLast() { wake(machine.unlock(ticket).granted) }
            }
            for index in requests.indices where requests[index].isWaiting == mayHold(index) {
                return "seed \(seed), event \(id): request \(requests[index].id) \(mayHold(index) ? "waits for nothing" : "overtook")"
            }
        }
        return nil
    }
}
