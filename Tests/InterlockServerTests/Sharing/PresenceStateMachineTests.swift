import InterlockConcurrency
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import Testing

@Suite("Whether an instance lives, and whom it may judge")
struct PresenceStateMachineTests {
    private let duration = Duration.seconds(9)

    private func followed(_ owner: String) -> PresenceStateMachine.Followed {
        .init(session: "s", stream: 1, owner: StreamOwner(instance: owner, fence: 1)) { 0 }
    }

    @Test("the table: what is done next, and who is looked at")
    func table() {
        let (start, lease) = (MonotonicTime(nanoseconds: 0), Lease(key: "k", id: "i", fence: 3))
        var machine = PresenceStateMachine(duration: duration)
        #expect(machine.next == .acquire && machine.suspects(now: start) == [])
        let number = machine.follow(followed("b"))
        _ = machine.follow(followed("a"))
        machine.acquired(lease, now: start)
        #expect(machine.next == .renew(lease))
        #expect(machine.suspects(now: start + duration - .nanoseconds(1)) == [])
        #expect(machine.suspects(now: start + duration) == ["a", "b"])
        machine.lostTouch()
        #expect(machine.next == .renew(lease) && machine.suspects(now: start + duration) == [])
        machine.renewed(now: start + duration)
        #expect(machine.suspects(now: start + duration * 2 - .nanoseconds(1)) == [])
        #expect(machine.suspects(now: start + duration * 2) == ["a", "b"])
        machine.leave(number, of: "b")
        machine.leave(number, of: "b")
        #expect(machine.suspects(now: start + duration * 2) == ["a"] && machine.count == 1)
        machine.lapsed()
        #expect(machine.next == .acquire && machine.suspects(now: start + duration * 9) == [])
    }

    @Test("in any order: nobody is judged without a lease and a whole one in unbroken touch, and nothing that was left stays", arguments: 0..<20)
    func anyOrder(seed: UInt64) {
        let random = RandomSource(SeededRandom(seed: seed))
        var machine = PresenceStateMachine(duration: duration)
        var now = MonotonicTime(nanoseconds: 0)
        var (touched, holds): (MonotonicTime?, Bool) = (nil, false)
        var numbers: [(Int, String)] = []
        for step in 0..<2_000 {
            now = now + .milliseconds(Int64(random.fraction() * 4_000))
            switch Int(random.fraction() * 7) {
            case 0 where !holds:
                machine.acquired(Lease(key: "k", id: "i", fence: UInt64(step + 1)), now: now)
                (touched, holds) = (now, true)
            case 1, 2, 3:
                guard holds else { continue }
                machine.renewed(now: now)
                touched = touched ?? now
            case 4 where random.fraction() < 0.2:
                machine.lapsed()
                (touched, holds) = (nil, false)
            case 5 where random.fraction() < 0.2:
                machine.lostTouch()
                touched = nil
            case 6:
                let owner = "o\(Int(random.fraction() * 3))"
                numbers.append((machine.follow(followed(owner)), owner))
            default:
                guard let last = numbers.popLast() else { continue }
                machine.leave(last.0, of: last.1)
            }
            let mayJudge = holds && touched.map { now - $0 >= duration } ?? false
            #expect(machine.suspects(now: now) == (mayJudge ? Set(numbers.map(\.1)).sorted() : []))
            #expect(machine.count == numbers.count)
        }
    }
}
