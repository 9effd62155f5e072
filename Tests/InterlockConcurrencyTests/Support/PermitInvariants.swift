import InterlockSimulation

/// The proof that a machine conserves its permits, keeps the order of arrival, wakes whom it must and nobody else, in any
/// order of events.
struct PermitInvariants {
    private struct Caller {
        let id: Int
        let weight: Int
    }

    private var random: SeededRandom
    private var limit: Int
    private let maxWeight: Int
    private let isResizable: Bool
    private var holders: [Caller] = []
    private var line: [Caller] = []
    /// Everybody who once waited and was granted: cancelling them now comes too late.
    private var grantedAfterWaiting: [Int] = []

    private init(seed: UInt64, limit: Int, maxWeight: Int, isResizable: Bool) {
        random = SeededRandom(seed: seed)
        self.limit = limit
        self.maxWeight = maxWeight
        self.isResizable = isResizable
    }

    /// Drives a machine through one random sequence of events. Returns what went wrong first, or `nil`.
    static func violation(
        of machine: some PermitMachine, seed: UInt64, limit: Int, maxWeight: Int = 1, isResizable: Bool = false, events: Int = 120
    ) -> String? {
        var proof = PermitInvariants(seed: seed, limit: limit, maxWeight: maxWeight, isResizable: isResizable)
        var machine = machine
        for id in 0..<events {
            if let violation = proof.step(&machine, id: id) { return "seed \(seed), event \(id): \(violation)" }
        }
        return proof.finish(&machine).map { "seed \(seed), at the end: \($0)" }
    }

    private mutating func step(_ machine: inout some PermitMachine, id: Int) -> String? {
        let caller = Caller(id: id, weight: Int.random(in: 1...maxWeight, using: &random))
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<3:
            let mayPass = line.isEmpty && fits(caller.weight)
            guard machine.tryAcquire(id, weight: caller.weight) == mayPass else {
                return mayPass ? "a free permit was not given" : "a newcomer overtook \(line.count) who wait"
            }
            if mayPass { holders.append(caller) }
        case 3..<9:
            let mayPass = line.isEmpty && fits(caller.weight)
            guard machine.acquire(id, weight: caller.weight) == mayPass else {
                return mayPass ? "a caller waits beside a free permit" : "a newcomer overtook \(line.count) who wait"
            }
            if mayPass { holders.append(caller) } else { line.append(caller) }
        case 9..<14:
            guard let index = holders.indices.randomElement(using: &random) else { return nil }
            let leaving = holders.remove(at: index)
            let granted = machine.release(leaving.id, weight: leaving.weight)
            if let violation = expect(granted) { return violation }
        case 14..<17:
            guard let index = line.indices.randomElement(using: &random) else { return nil }
            let leaving = line.remove(at: index)
            guard let granted = machine.giveUp(leaving.id) else { return "a waiter could not leave the line" }
            if let violation = expect(granted) { return violation }
        case 17..<19:
            guard let late = grantedAfterWaiting.randomElement(using: &random) else { return nil }
            if machine.giveUp(late) != nil { return "a caller was cancelled after it had been granted: its permit is lost" }
        default:
            guard isResizable else { return nil }
            limit = Int.random(in: 0...6, using: &random)
            if let violation = expect(machine.setLimit(limit)) { return violation }
        }
        return check(machine)
    }

    /// Everybody leaves; the line must run empty by itself.
    private mutating func finish(_ machine: inout some PermitMachine) -> String? {
        if isResizable {
            limit = 3
            if let violation = expect(machine.setLimit(3)) { return violation }
        }
        while let leaving = holders.popLast() {
            if let violation = expect(machine.release(leaving.id, weight: leaving.weight)) { return violation }
        }
        if !line.isEmpty { return "\(line.count) wait for ever" }
        return check(machine)
    }

    /// Who must have been granted by now: the head of the line, as long as it fits.
    private mutating func expect(_ granted: [Int]) -> String? {
        var expected: [Int] = []
        while let next = line.first, fits(next.weight) {
            holders.append(line.removeFirst())
            grantedAfterWaiting.append(next.id)
            expected.append(next.id)
        }
        return granted == expected ? nil : "granted \(granted) instead of \(expected)"
    }

    private func check(_ machine: some PermitMachine) -> String? {
        let held = holders.reduce(0) { $0 + $1.weight }
        if machine.active != held { return "\(machine.active) permits are out, \(held) are held" }
        if machine.waiting != line.count { return "\(machine.waiting) in line instead of \(line.count)" }
        return nil
    }

    private func fits(_ weight: Int) -> Bool {
        let held = holders.reduce(0) { $0 + $1.weight }
        return limit > 0 && held + min(weight, limit) <= limit
    }
}
