import InterlockJSON
@testable import InterlockRedis
import InterlockSimulation
import InterlockStorage
import Testing

@Suite("Subscriptions on one connection")
struct SubscriptionStateMachineTests {
    private typealias Machine = SubscriptionStateMachine<Int, Int>
    private let c = ExactName(text: "c")

    private func change(_ isSubscription: Bool) -> Machine.Change { Machine.Change(channel: c, isSubscription: isSubscription) }

    @Test("a channel is subscribed once for all its listeners, and cancelled after the last")
    func life() {
        var machine = Machine(maximumListeners: 10)
        machine.connected()
        guard case .waits(let first) = machine.add(1, 11, to: c) else { return #expect(Bool(false)) }
        guard case .waits(let second) = machine.add(2, 12, to: c) else { return #expect(Bool(false)) }
        var batch = machine.batch(9)
        #expect(batch == [change(true)])
        let settlement = machine.made(batch[0])
        #expect(settlement.tickets == [11, 12] && settlement.missed.isEmpty && machine.listeners(of: c) == [1, 2])
        guard case .ready(let third) = machine.add(3, 13, to: c) else { return #expect(Bool(false)) }
        for number in [first, second] { _ = machine.remove(number, of: c) }
        batch = machine.batch(9)
        #expect(batch.isEmpty)
        #expect(machine.remove(third, of: c) == 3 && machine.remove(third, of: c) == nil)
        batch = machine.batch(9)
        #expect(batch == [change(false)])
        _ = machine.made(batch[0])
        #expect(machine.channelCount == 0 && machine.listenerCount == 0)
    }

    @Test("who comes while the cancellation is under way waits for a subscription after it")
    func crossing() {
        var machine = Machine(maximumListeners: 10)
        machine.connected()
        _ = machine.add(1, 11, to: c)
        _ = machine.made(machine.batch(9)[0])
        _ = machine.remove(1, of: c)
        let cancellation = machine.batch(9)
        guard case .waits = machine.add(2, 12, to: c) else { return #expect(Bool(false)) }
        let meanwhile = machine.batch(9)
        #expect(cancellation == [change(false)] && meanwhile.isEmpty)
        #expect(machine.made(cancellation[0]).tickets.isEmpty)
        let next = machine.batch(9)
        #expect(next == [change(true)] && machine.made(next[0]).tickets == [12])
    }

    @Test("after a loss all is subscribed anew, and who was there before has missed something")
    func loss() {
        var machine = Machine(maximumListeners: 2)
        machine.connected()
        _ = machine.add(1, 11, to: c)
        _ = machine.made(machine.batch(9)[0])
        _ = machine.remove(1, of: c)
        _ = machine.batch(9)
        _ = machine.add(2, 12, to: c)
        let first = machine.lost()
        #expect(first.tickets == [12] && first.listeners.isEmpty && machine.channelCount == 0)
        machine.connected()
        _ = machine.add(3, 13, to: c)
        _ = machine.made(machine.batch(9)[0])
        let second = machine.lost()
        #expect(second.tickets.isEmpty && second.listeners == [3])
        guard case .waits = machine.add(4, 14, to: c), case .refused(let error) = machine.add(5, 15, to: c) else { return #expect(Bool(false)) }
        #expect(error.code == .full)
        #expect(machine.lost().listeners.isEmpty, "they are told once")
        guard case .waits = machine.add(4, 14, to: c) else { return #expect(Bool(false)) }
        machine.connected()
        let settlement = machine.made(machine.batch(9)[0])
        #expect(settlement.missed == [3] && settlement.tickets == [14])
        let rest = machine.shutDown()
        #expect(rest.listeners.sorted() == [3, 4] && rest.tickets.isEmpty)
        guard case .refused = machine.add(6, 16, to: c) else { return #expect(Bool(false)) }
    }

    @Test("a subscription that is refused fails those who wait for it, and is asked for again when it is time, for those who had it")
    func refusal() {
        var machine = Machine(maximumListeners: 10)
        machine.connected()
        _ = machine.add(1, 11, to: c)
        _ = machine.made(machine.batch(9)[0])
        _ = machine.lost()
        machine.connected()
        _ = machine.add(2, 12, to: c)
        let refusal = machine.refused(machine.batch(9)[0])
        #expect(refusal.tickets == [12] && refusal.isCutOff)
        let next = machine.batch(9)
        #expect(next.isEmpty && machine.listeners(of: c) == [1])
        let (isOpen, again) = (machine.askAgain(), machine.batch(9))
        #expect(isOpen && again == [change(true)])
        let second = machine.refused(again[0])
        #expect(second.tickets.isEmpty && !second.isCutOff, "that is told once")
        _ = machine.askAgain()
        #expect(machine.made(machine.batch(9)[0]).missed == [1])
        let (isStillOpen, rest) = (machine.askAgain(), machine.batch(9))
        #expect(!isStillOpen && rest.isEmpty)
    }

    @Test("a subscription that was refused is not asked for again when nobody has it any more")
    func refusalOfNobody() {
        var machine = Machine(maximumListeners: 10)
        machine.connected()
        _ = machine.add(1, 11, to: c)
        #expect(machine.refused(machine.batch(9)[0]).tickets == [11])
        var isOpen = machine.askAgain()
        #expect(!isOpen && machine.channelCount == 0, "it failed, and whoever asked knows")
        guard case .waits(let number) = machine.add(2, 12, to: c) else { return #expect(Bool(false)) }
        _ = machine.made(machine.batch(9)[0])
        _ = machine.lost()
        machine.connected()
        _ = machine.refused(machine.batch(9)[0])
        _ = machine.remove(number, of: c)
        isOpen = machine.askAgain()
        let batch = machine.batch(9)
        #expect(!isOpen && batch.isEmpty && machine.channelCount == 0)
    }

    /// The negative control beside it tells the server of each channel as it is wanted, and takes a channel for subscribed while its cancellation is
    /// on its way.
    @Test("in any order, who was told that it is subscribed is, until it leaves", arguments: [true, false])
    func anyOrder(waitsForCancellations: Bool) {
        var broken = 0
        for seed in 0..<200 as Range<UInt64> { if !holds(seed, waitsForCancellations) { broken += 1 } }
        if waitsForCancellations { #expect(broken == 0) } else { #expect(broken > 0) }
    }

    /// Plays one run against a server that makes each batch at some later time.
    private func holds(_ seed: UInt64, _ waits: Bool) -> Bool {
        var random = SeededRandom(seed: seed)
        var machine = Machine(maximumListeners: 30)
        let names = (0..<3).map { ExactName(text: "c\($0)") }
        var server: Set<ExactName> = []
        var underWay: [Machine.Change] = []
        /// By listener: its channel and number, and whether it was told.
        var present: [Int: (name: ExactName, number: Int, isTold: Bool)] = [:]
        var (next, settled, given) = (0, 0, 0)
        machine.connected()
        for _ in 0..<400 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<7:
                next += 1
                let name = names.randomElement(using: &random)!
                switch machine.add(next, next, to: name) {
                case .ready(let number): present[next] = (name, number, true)
                case .waits(let number):
                    given += 1
                    // Without the guard: it was subscribed when last heard of.
                    present[next] = (name, number, !waits && server.contains(name))
                case .refused: if present.count < 30 { return false }
                }
            case 7..<13:
                guard let (listener, entry) = present.randomElement(using: &random) else { continue }
                present[listener] = nil
                if machine.giveUp(entry.number, of: entry.name) != nil { settled += 1 } else if machine.remove(entry.number, of: entry.name) != listener { return false }
            case 13..<16:
                guard underWay.isEmpty else {
                    if !machine.batch(2).isEmpty { return false }
                    continue
                }
                underWay = machine.batch(2)
            case 16..<19:
                guard !underWay.isEmpty else { continue }
                let change = underWay.removeFirst()
                if change.isSubscription == server.contains(change.channel) { return false }
                if change.isSubscription { server.insert(change.channel) } else { server.remove(change.channel) }
                let settlement = machine.made(change)
                settled += settlement.tickets.count
                for ticket in settlement.tickets { present[ticket]?.isTold = true }
            default:
                guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
                (server, underWay) = ([], [])
                for ticket in machine.lost().tickets {
                    settled += 1
                    present[ticket] = nil
                }
                // Who is told already hears a gap when it is subscribed again.
                for listener in present.keys { present[listener]!.isTold = false }
                machine.connected()
                continue
            }
            for entry in present.values where entry.isTold && !server.contains(entry.name) { return false }
            for name in names where machine.listeners(of: name).count != present.values.count(where: { $0.name == name }) { return false }
            if machine.listenerCount != present.count { return false }
        }
        // At rest, the server knows exactly what is listened to, and nobody waits.
        for (_, entry) in present { _ = machine.giveUp(entry.number, of: entry.name) == nil ? () : (settled += 1) }
        for (_, entry) in present { _ = machine.remove(entry.number, of: entry.name) }
        for change in underWay {
            if change.isSubscription { server.insert(change.channel) } else { server.remove(change.channel) }
            settled += machine.made(change).tickets.count
        }
        while true {
            let batch = machine.batch(9)
            if batch.isEmpty { break }
            for change in batch {
                if change.isSubscription { server.insert(change.channel) } else { server.remove(change.channel) }
                settled += machine.made(change).tickets.count
            }
        }
        return server.isEmpty && machine.channelCount == 0 && settled == given
    }
}
