import CSanitizer
import Foundation

/// `stress [--acquisitions N] [--seed N] [--only NAME] [--plant FAULT]`: exits with 1 when something was lost.
@main
struct StressCommand {
    static func main() async {
        var acquisitions = 1_000_000
        var seed: UInt64 = 1
        var names = Subjects.names
        var plant = Plant.none
        var arguments = CommandLine.arguments.dropFirst()
        while let option = arguments.popFirst() {
            switch (option, arguments.popFirst()) {
            case ("--acquisitions", let value?): acquisitions = Int(value) ?? acquisitions
            case ("--seed", let value?): seed = UInt64(value) ?? seed
            case ("--only", let value?) where Subjects.names.contains(value): names = [value]
            case ("--plant", let value?) where Plant(rawValue: value) != nil: plant = Plant(rawValue: value) ?? plant
            default:
                print("usage: stress [--acquisitions N] [--seed N] [--only \(Subjects.names.joined(separator: "|"))] [--plant racy-counter|no-lock|leaked-permit]")
                exit(64)
            }
        }
        let counter = UnguardedCounter()
        var failed = false
        for name in names {
            // Of the permits that are to be acquired in all, each primitive that counts permits gives its share.
            let shares = max(1, names.count { Subjects.permits.contains($0) })
            let part = Subjects.permits.contains(name) ? shares : Subjects.slow.contains(name) ? 10_000 : 100
            let goal = max(acquisitions / part, 1)
            let began = ContinuousClock.now
            var (granted, askings, rounds) = (0, 0, UInt64(0))
            while granted < goal, rounds < 10_000 {
                let round = Round(
                    name: name, seed: seed &+ rounds, askings: min(100_000, max(1_000, goal / 10)), drains: rounds % 4 == 3, plant: plant,
                    counter: counter)
                let result = await round.run()
                rounds += 1
                granted += result.granted
                askings += result.askings
                if let fault = result.fault {
                    print("stress: \(name): seed \(round.seed)\(round.drains ? ", draining" : ""): \(fault)")
                    failed = true
                    break
                }
            }
            if granted < goal, !failed {
                print("stress: \(name): \(rounds) rounds granted only \(granted) of \(goal)")
                failed = true
            }
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            print("stress: \(name): \(granted) granted of \(askings) asked in \(rounds) rounds, \(String(format: "%.1f", seconds)) s\(csanitizer_is_active() != 0 ? ", under ThreadSanitizer" : "")")
            fflush(nil)
        }
        exit(failed ? 1 : 0)
    }
}
