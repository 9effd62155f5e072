import InterlockConcurrency
@testable import InterlockRedis
import InterlockSimulation
import InterlockStorage
import Testing

struct ConnectionStateMachineTests {
    private let now = MonotonicTime.zero

    private func delivered(_ delivery: ConnectionStateMachine<Int>.Delivery) -> Int? {
        if case .deliver(let sink, _) = delivery { sink } else { nil }
    }

    @Test func repliesGoToSendersInOrder() {
        var machine = ConnectionStateMachine<Int>(maximumCommands: 3, maximumBytes: 100)
        #expect(machine.send(1, bytes: 10, now: now) == .accepted(0))
        #expect(machine.send(2, bytes: 10, now: now) == .accepted(1))
        #expect(machine.send(3, bytes: 10, now: now) == .accepted(2))
        #expect(machine.send(4, bytes: 10, now: now) == .full)
        #expect(machine.giveUp(1) == 2)
        #expect(machine.giveUp(1) == nil)
        #expect(delivered(machine.receive(.integer(1), now: now)) == 1)
        guard case .drop = machine.receive(.integer(2), now: now) else { return #expect(Bool(false)) }
        #expect(machine.late == 1)
        #expect(delivered(machine.receive(.integer(3), now: now)) == 3)
        guard case .unexpected = machine.receive(.integer(4), now: now) else { return #expect(Bool(false)) }
        #expect(machine.bytes == 0)
    }

    @Test func bytesAreBoundedButOneLargeCommandGoesAlone() {
        var machine = ConnectionStateMachine<Int>(maximumCommands: 10, maximumBytes: 100)
        #expect(machine.send(1, bytes: 1_000, now: now) == .accepted(0))
        #expect(machine.send(2, bytes: 1, now: now) == .full)
    }

    @Test func aSubscriptionIsConfirmedByItsPush() {
        var machine = ConnectionStateMachine<Int>(maximumCommands: 10, maximumBytes: 100)
        _ = machine.send(1, bytes: 1, isAnsweredByPush: true, now: now)
        _ = machine.send(2, bytes: 1, now: now)
        guard case .push = machine.receive(.push([.text("message"), .text("c"), .text("m")]), now: now) else { return #expect(Bool(false)) }
        #expect(delivered(machine.receive(.push([.text("subscribe"), .text("c"), .integer(1)]), now: now)) == 1)
        guard case .push = machine.receive(.push([.text("subscribe"), .text("d"), .integer(1)]), now: now) else { return #expect(Bool(false)) }
        #expect(delivered(machine.receive(.text("PONG"), now: now)) == 2)
    }

    @Test func inAnyOrderOfEventsEachCommandGetsItsOwnReplyOrAnEnd() {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var machine = ConnectionStateMachine<Int>(maximumCommands: 16, maximumBytes: 10_000)
            // What the server has been sent and not answered, by the sender's name.
            var server: [Int] = []
            var numbers: [Int: UInt64] = [:]
            var outcomes: [Int: Int] = [:]
            var next = 0
            for _ in 0..<2_000 {
                switch Int.random(in: 0..<5, using: &random) {
                case 0, 1:
                    next += 1
                    switch machine.send(next, bytes: Int.random(in: 1...100, using: &random), now: now) {
                    case .accepted(let number):
                        server.append(next)
                        numbers[next] = number
                    case .full: #expect(server.count == 16)
                    case .closed: #expect(Bool(false))
                    }
                case 2:
                    guard let (name, number) = numbers.randomElement(using: &random) else { continue }
                    if let given = machine.giveUp(number) {
                        #expect(given == name)
                        outcomes[name, default: 0] += 1
                        numbers[name] = nil
                    }
                case 3:
                    guard !server.isEmpty else { continue }
                    let name = server.removeFirst()
                    switch machine.receive(.integer(Int64(name)), now: now) {
                    case .deliver(let sink, _):
                        #expect(sink == name)
                        outcomes[name, default: 0] += 1
                        numbers[name] = nil
                    case .drop: #expect(outcomes[name] == 1)
                    case .push, .unexpected: #expect(Bool(false))
                    }
                default:
                    if case .push = machine.receive(.push([.text("message")]), now: now) {} else { #expect(Bool(false)) }
                }
                #expect(machine.inFlight == server.count && machine.inFlight <= 16)
            }
            for sink in machine.close() { outcomes[sink, default: 0] += 1 }
            #expect(outcomes.values.allSatisfy { $0 == 1 })
            #expect(machine.send(0, bytes: 1, now: now) == .closed)
        }
    }
}
