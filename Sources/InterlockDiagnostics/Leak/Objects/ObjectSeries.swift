import InterlockConcurrency

/// The snapshots of one part of a run, and what became of each type from one to the next. Pure.
struct ObjectSeries: Sendable {
    /// As many as a part takes at most; later ones are not kept.
    static let mostSnapshots = 100

    private struct Reading: Sendable {
        var x: Double
        var minutes: Double
        var snapshot: ObjectSnapshot
    }

    private var readings: [Reading] = []

    init() {}

    var count: Int { readings.count }

    /// - Parameters:
    ///   - x: cycles done until then; minutes in the part without calls.
    ///   - minutes: since the part began.
    mutating func append(_ snapshot: ObjectSnapshot, x: Double, minutes: Double) {
        if readings.count < Self.mostSnapshots { readings.append(Reading(x: x, minutes: minutes, snapshot: snapshot)) }
    }

    /// Every type that there was more or less of at the end than after the warm-up, by the bytes that it grew.
    ///
    /// - Parameters:
    ///   - rule: when a number of objects counts as growing.
    ///   - ownPerMinute: what of a type grows by itself; it is taken off.
    func growths(_ rule: GrowthRule, ownPerMinute: [ObjectSnapshot.Kind: Double] = [:]) -> [ObjectGrowth] {
        guard let first = readings.first, let last = readings.last, readings.count > 1 else { return [] }
        let kinds = Set(first.snapshot.tallies.keys).union(last.snapshot.tallies.keys)
        let growths = kinds.compactMap { kind -> ObjectGrowth? in
            guard first.snapshot.tallies[kind] != last.snapshot.tallies[kind] else { return nil }
            let own = ownPerMinute[kind] ?? 0
            let counts = GrowthSeries(readings.map { .init($0.x, Double($0.snapshot.tallies[kind]?.count ?? 0)) })
            let bytes = GrowthSeries(readings.map { .init($0.x, Double($0.snapshot.tallies[kind]?.bytes ?? 0)) })
            let judged = own == 0 ? counts : GrowthSeries(zip(counts.points, readings).map { .init($0.x, $0.y - own * $1.minutes) })
            return ObjectGrowth(
                kind: kind, counts: counts, bytes: bytes, judgement: rule.judge(judged),
                bytesPerCycle: TheilSenSlope(bytes.after(share: rule.warmUp).points)?.slope ?? 0)
        }
        return growths.sorted { ($0.bytesAfter - $0.bytesBefore, "\($1.kind)") > ($1.bytesAfter - $1.bytesBefore, "\($0.kind)") }
    }
}

extension GrowthRule {
    /// Live objects of one type against cycles: eight of them, and one of a hundred cycles, so that pools which fill now and then are none.
    ///
    /// Ten readings after the warm-up are enough, because objects are counted and not estimated: there is no allocator between.
    static func objects(cycles: Int) -> GrowthRule { GrowthRule(leastGrowth: max(8, Double(cycles) / 100), warmUp: 0.2, leastReadings: 10) }

    /// Live objects of one type against minutes without a call.
    static let idleObjects = GrowthRule(leastGrowth: 8, warmUp: 0.1, leastReadings: 10)
}
