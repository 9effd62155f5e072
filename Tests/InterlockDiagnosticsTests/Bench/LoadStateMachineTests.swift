import InterlockConcurrency
import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

/// One server that takes one call after the other, in virtual time.
private struct ScriptedServer {
    /// What each call takes, by its number.
    var service: (Int) -> Int64

    /// Runs a load to its end and returns each call's latency, by its number.
    func run(_ configuration: LoadConfiguration) -> [Int: Int64] {
        var machine = LoadStateMachine(configuration, start: .zero)
        var latencies: [Int: Int64] = [:]
        var queue: [LoadStateMachine.Start] = []
        var current: (start: LoadStateMachine.Start, end: Int64)?
        var now: Int64 = 0
        func take() {
            guard current == nil, !queue.isEmpty else { return }
            let start = queue.removeFirst()
            current = (start, now + service(start.number))
        }
        if case .closed(let clients, _) = configuration.loop {
            for _ in 0..<clients where machine.next(now: .zero, afterCall: false) != nil {
                if let start = machine.beginClosed(now: .zero) { queue.append(start) }
            }
        }
        take()
        while true {
            let arrival = machine.nextArrival?.nanoseconds ?? .max
            let end = current?.end ?? .max
            guard min(arrival, end) < .max else { return latencies }
            now = min(arrival, end)
            let time = MonotonicTime(nanoseconds: now)
            if end <= arrival, let ended = current {
                current = nil
                latencies[ended.start.number] = now - ended.start.intended.nanoseconds
                if case .closed = configuration.loop {
                    if machine.next(now: time, afterCall: true) != nil, let start = machine.beginClosed(now: time) { queue.append(start) }
                } else if let start = machine.ended(now: time) { queue.append(start) }
            }
            queue += machine.begin(now: time)
            take()
        }
    }
}

private func percentile(_ values: [Int64], _ share: Double) -> Double {
    let sorted = values.sorted()
    return Double(sorted[max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)])
}

@Suite("The load generator in virtual time")
struct LoadStateMachineTests {
    @Test("percentiles agree with Lindley's recursion over the arrivals", arguments: ArrivalSchedule.Spacing.allCases)
    func lindley(spacing: ArrivalSchedule.Spacing) throws {
        let phases = [LoadPhase(rate: 500, duration: .seconds(20))]
        var random = SeededRandom(seed: 9)
        let services = (0..<12_000).map { _ in Int64.random(in: 200_000...3_000_000, using: &random) }
        let measured = ScriptedServer { services[$0] }.run(LoadConfiguration(.open(phases, spacing: spacing), maximumInFlight: 8, seed: 3))
        var schedule = ArrivalSchedule(phases, spacing: spacing, seed: 3)
        var (free, expected, number) = (Int64(0), [Int64](), 0)
        while let arrival = schedule.next()?.nanosecondsRounded {
            free = max(free, arrival) + services[number]
            expected.append(free - arrival)
            number += 1
        }
        #expect(measured.count == expected.count)
        var histogram = LatencyHistogram()
        for latency in measured.values { histogram.record(nanoseconds: latency) }
        for share in [0.5, 0.95, 0.99, 0.999] {
            let value = Double(try #require(histogram.quantile(share)).nanosecondsRounded)
            #expect(abs(value / percentile(expected, share) - 1) < 0.03)
        }
    }

    @Test("the open loop shows a stall of 200 ms that the closed loop hides")
    func stall() {
        let server = ScriptedServer { $0 == 300 ? 200_000_000 : 500_000 }
        let open = server.run(LoadConfiguration(.open([LoadPhase(rate: 500, duration: .seconds(2))])))
        let closed = server.run(LoadConfiguration(.closed(clients: 1, duration: .seconds(2))))
        #expect(percentile(Array(open.values), 0.95) > 100_000_000)
        #expect(percentile(Array(closed.values), 0.99) < 1_000_000)
    }

    @Test("a ramp brings the calls under its slope, none outside it")
    func ramp() {
        var schedule = ArrivalSchedule([LoadPhase(rate: 0, to: 100, duration: .seconds(10)), LoadPhase(rate: 100, duration: .seconds(1))])
        var times: [Duration] = []
        while let time = schedule.next() { times.append(time) }
        #expect(abs(times.count - 600) <= 1)
        #expect(times == times.sorted())
        #expect(abs(times.filter { $0 < .seconds(5) }.count - 125) <= 1)
    }

    @Test("whatever ends when, calls are begun, waiting or dropped, and never more than the bound in flight", arguments: 0..<50)
    func invariants(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let configuration = LoadConfiguration(.open([LoadPhase(rate: 1_000, duration: .seconds(1))]), maximumInFlight: 5, maximumWaiting: 7)
        var machine = LoadStateMachine(configuration, start: .zero)
        var now: Int64 = 0
        while machine.nextArrival != nil || machine.inFlight > 0 {
            now += Int64.random(in: 0...3_000_000, using: &random)
            let time = MonotonicTime(nanoseconds: now)
            if machine.inFlight > 0, Bool.random(using: &random) { _ = machine.ended(now: time) } else { _ = machine.begin(now: time) }
            #expect(machine.inFlight <= 5)
            #expect(machine.arrived >= machine.begun + machine.dropped && machine.arrived <= machine.begun + machine.dropped + 7)
        }
        #expect(machine.arrived == machine.begun + machine.dropped)
    }

    @Test("the clients of a closed loop make exactly as many calls as allowed, and no thought outlives the load", arguments: 0..<50)
    func closed(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let limit = Int.random(in: 1...40, using: &random)
        let configuration = LoadConfiguration(
            .closed(clients: 5, duration: .seconds(1)), maximumCalls: limit, think: .zero...(.milliseconds(60)), seed: seed)
        var machine = LoadStateMachine(configuration, start: .zero)
        /// What a client does: nothing yet, thinking until, calling, or it has left.
        enum Client { case new, thinking(Int64), calling, gone }
        var clients = Array(repeating: Client.new, count: 5)
        var now: Int64 = 0
        while true {
            now += Int64.random(in: 0...20_000_000, using: &random)
            let time = MonotonicTime(nanoseconds: now)
            let able = clients.indices.filter { index in
                switch clients[index] {
                case .gone: false
                case .thinking(let until): until <= now
                case .new, .calling: true
                }
            }
            if able.isEmpty, clients.allSatisfy({ if case .gone = $0 { true } else { false } }) { break }
            guard let index = able.randomElement(using: &random) else { continue }
            switch clients[index] {
            case .new: clients[index] = machine.next(now: time, afterCall: false).map { .thinking(now + $0.nanosecondsRounded) } ?? .gone
            case .calling: clients[index] = machine.next(now: time, afterCall: true).map { .thinking(now + $0.nanosecondsRounded) } ?? .gone
            case .thinking: clients[index] = machine.beginClosed(now: time) == nil ? .gone : .calling
            case .gone: break
            }
            #expect(machine.arrived == machine.begun && machine.begun <= limit && machine.inFlight <= 5)
        }
        #expect(machine.inFlight == 0)
        #expect(machine.arrived == limit || now >= 1_000_000_000)
    }

    @Test("events one by one: two places, one that waits, one that is dropped")
    func table() {
        let configuration = LoadConfiguration(.open([LoadPhase(rate: 1_000, duration: .milliseconds(6))]), maximumInFlight: 2, maximumWaiting: 1)
        var machine = LoadStateMachine(configuration, start: .zero)
        func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }
        #expect(machine.begin(now: at(0)).map(\.number) == [0])
        let starts = machine.begin(now: at(3))
        #expect(starts.map(\.number) == [1])
        #expect(machine.inFlight == 2 && machine.waited == 1 && machine.dropped == 1)
        // It was due at 1: to begin at 3 is not yet late, and with a place that the task takes at 4 it is.
        machine.really(starts[0], began: at(3))
        #expect(machine.lateStarts == 0)
        machine.really(starts[0], began: at(4))
        #expect(machine.lateStarts == 1)
        let next = machine.ended(now: at(4))
        // One that waited for a place is late by the server's fault.
        next.map { machine.really($0, began: at(9)) }
        #expect(machine.lateStarts == 1)
        #expect(next?.number == 2 && next?.intended == at(2) && next?.began == at(4))
        #expect(machine.ended(now: at(4)) == nil && machine.inFlight == 1)
        #expect(machine.nextArrival == at(4))
        #expect(machine.begin(now: at(5)).map(\.number) == [4])
        machine.stop()
        #expect(machine.dropped == 2 && machine.nextArrival == nil && machine.begin(now: at(9)).isEmpty)
    }
}
