import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

@Suite("Live objects that grow")
struct ObjectGrowthTests {
    private static let listener = ObjectSnapshot.Kind.swift("App.Listener")

    /// Twenty-one snapshots over 2,000 cycles of a type with `count` objects after so many, of 48 bytes each.
    private static func growths(cycles: Int = 2_000, count: (Int) -> Int) -> [ObjectGrowth] {
        var series = ObjectSeries()
        for step in 0...20 {
            let done = step * cycles / 20
            var snapshot = ObjectSnapshot()
            let objects = max(0, count(done))
            if objects > 0 { snapshot.tallies[listener] = .init(count: objects, bytes: objects * 48) }
            series.append(snapshot, x: Double(done), minutes: Double(done) / 1000)
        }
        return series.growths(.objects(cycles: cycles))
    }

    @Test("one object a call is found with its number and its bytes")
    func one() throws {
        let growth = try #require(Self.growths { 100 + $0 }.first)
        #expect(growth.isFound && growth.countPerCycle == 1 && growth.bytesPerCycle == 48)
        #expect(growth.before == 100 && growth.after == 2_100 && growth.bytesBefore == 4_800 && growth.bytesAfter == 100_800)
        #expect(growth.sentence("call") == "App.Listener: +1.00 objects a call, 48 bytes a call")
    }

    /// Ways to change that are no leak.
    enum Harmless: CaseIterable {
        case cache, fewerAndFewer, oneJump, warmingUp, oneOfTwoHundred, sevenMore

        func count(_ done: Int) -> Int {
            switch self {
            case .cache: min(done, 900)
            case .fewerAndFewer: 3_000 - done
            case .oneJump: done < 1_500 ? 100 : 900
            case .warmingUp: min(done * 10, 2_000)
            case .oneOfTwoHundred: 100 + done / 200
            case .sevenMore: 100 + done / 300
            }
        }
    }

    @Test("what grows and stops, falls, jumps once or grows by less than one of a hundred cycles is no finding", arguments: Harmless.allCases)
    func harmless(_ change: Harmless) { #expect(Self.growths(count: change.count).allSatisfy { !$0.isFound }) }

    @Test("what did not change is not listed; what came or went altogether is")
    func listed() {
        #expect(Self.growths { _ in 100 }.isEmpty)
        #expect(Self.growths { $0 == 0 ? 100 : 0 }.map(\.after) == [0])
        #expect(Self.growths { $0 / 2 }.map(\.isFound) == [true])
    }

    @Test("memory that is no Swift object is listed, and no finding")
    func unnamed() {
        var series = ObjectSeries()
        for step in 0...20 {
            series.append(ObjectSnapshot(tallies: [.other(upTo: 64): .init(count: step * 100, bytes: step * 5_000)]), x: Double(step * 100), minutes: 0)
        }
        let growths = series.growths(.objects(cycles: 2_000))
        #expect(growths.map(\.judgement.verdict) == [.leak] && growths.map(\.isFound) == [false])
        #expect(growths.first?.sentence("call") == "no Swift object, 33 to 64 bytes: +1.00 blocks a call, 50 bytes a call")
    }

    @Test("through noise a leak is found with its number, and noise alone is not", arguments: 1...100 as ClosedRange<UInt64>)
    func random(seed: UInt64) throws {
        var simulation = SimulatedSeries(seed: seed)
        let slope = Double.random(in: 0.25...3, using: &simulation.random)
        let planted = try #require(Self.growths { 1_000 + Int(slope * Double($0) + 10 * simulation.normal()) }.first)
        #expect(planted.isFound && abs(planted.countPerCycle / slope - 1) <= 0.15, "\(planted.judgement)")
        #expect(Self.growths { _ in 1_000 + Int(10 * simulation.normal()) }.allSatisfy { !$0.isFound })
    }

    @Test("what grows by itself is taken off")
    func own() throws {
        var series = ObjectSeries()
        for step in 0...20 {
            series.append(ObjectSnapshot(tallies: [Self.listener: .init(count: 100 + step * 50, bytes: 4_800)]), x: Double(step * 100), minutes: Double(step))
        }
        #expect(series.growths(.objects(cycles: 2_000)).map(\.isFound) == [true])
        #expect(series.growths(.objects(cycles: 2_000), ownPerMinute: [Self.listener: 50]).map(\.isFound) == [false])
    }

    @Test("objects that grow are a leak, though their memory is too little to be seen; those that do not leave the verdict as it is")
    func verdict() {
        func part(_ count: (Int) -> Int) -> LeakReport.Part {
            let memory = GrowthSeries((1...80).map { .init(Double($0 * 25), 60e6) })
            return LeakReport.Part(
                operation: .listTools, cycles: 2_000, failures: 0, duration: .seconds(1),
                measures: [.init(quantity: .privateDirty, series: memory, judgement: GrowthRule.memory.judge(memory))], objects: Self.growths(count: count))
        }
        let leak = LeakReport(parts: [part { _ in 10 }, part { 100 + $0 }], runtime: .swift, snapshot: nil, limits: [])
        #expect(leak.parts.map(\.verdict) == [.noLeak, .leak] && leak.verdict == .leak)
        #expect(leak.headline == "Leak: App.Listener: +1.00 objects a list, 48 bytes a list.")
        #expect(leak.html(of: "s", time: 0).contains("their memory is too little to be seen"))
        let sound = LeakReport(parts: [part { _ in 10 }, part { min($0, 300) }], runtime: .swift, snapshot: nil, limits: [])
        #expect(sound.verdict == .noLeak && sound.objectSentence == nil && sound.countsObjects)
    }

    @Test("those that grew most in bytes come first")
    func order() {
        var series = ObjectSeries()
        for step in 0...20 {
            series.append(
                ObjectSnapshot(
                    tallies: [.swift("Small"): .init(count: step * 10, bytes: step * 160), .swift("Large"): .init(count: step, bytes: step * 4_096)]),
                x: Double(step), minutes: 0)
        }
        #expect(series.growths(.objects(cycles: 20)).map { "\($0.kind)" } == ["Large", "Small"])
    }

    @Test("no more snapshots are kept than the bound")
    func bound() {
        var series = ObjectSeries()
        for step in 0..<ObjectSeries.mostSnapshots + 10 { series.append(ObjectSnapshot(), x: Double(step), minutes: 0) }
        #expect(series.count == ObjectSeries.mostSnapshots)
    }

    @Test("thousands are grouped", arguments: [(0.0, "0"), (999.6, "1,000"), (1_234_567, "1,234,567"), (-48, "-48"), (.infinity, "–")])
    func grouped(value: Double, text: String) { #expect(ObjectGrowth.grouped(value) == text) }
}
