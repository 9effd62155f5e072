import InterlockConcurrency

/// How the live objects of one type went with what was done.
public struct ObjectGrowth: Sendable {
    public var kind: ObjectSnapshot.Kind
    /// Live objects against cycles; against minutes in the part without calls.
    public var counts: GrowthSeries
    /// Their bytes against the same, as they were asked for.
    public var bytes: GrowthSeries
    /// Of the number of objects: what grows in bytes only is one object that changes its size.
    public var judgement: GrowthJudgement
    /// Bytes for each cycle, by the same robust slope; 0 where the readings make no line.
    public var bytesPerCycle: Double

    /// Live objects in the first and the last snapshot.
    public var before: Int { Int(counts.points.first?.y ?? 0) }
    public var after: Int { Int(counts.points.last?.y ?? 0) }
    public var bytesBefore: Int { Int(bytes.points.first?.y ?? 0) }
    public var bytesAfter: Int { Int(bytes.points.last?.y ?? 0) }
    /// Objects for each cycle; 0 where the readings make no line.
    public var countPerCycle: Double { judgement.slope?.slope ?? 0 }

    /// Whether it is a finding: objects of a named type that grew in number, steadily and all the way.
    public var isFound: Bool { kind.isNamed && judgement.verdict == .leak }

    /// "ListenerBox: +1.00 objects a call, 1,024 bytes a call".
    ///
    /// - Parameter unit: what a cycle is called.
    public func sentence(_ unit: String) -> String {
        "\(kind): \(countPerCycle < 0 ? "" : "+")\(countPerCycle.fixed(2)) \(kind.isNamed ? "objects" : "blocks") a \(unit), \(Self.grouped(bytesPerCycle)) bytes a \(unit)"
    }

    /// A whole number with a comma between thousands.
    static func grouped(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        let digits = Array("\(Int(value.rounded().magnitude))")
        let groups = stride(from: digits.count, to: 0, by: -3).map { String(digits[max(0, $0 - 3)..<$0]) }
        return (value <= -0.5 ? "-" : "") + groups.reversed().joined(separator: ",")
    }
}
