extension Invariant where Value == Int {
    /// The value is exactly this.
    public static func equal(to expected: Int) -> Invariant {
        Invariant("exactly \(expected)") { $0 == expected ? nil : "it is \($0), \(difference($0, expected))" }
    }

    /// The value is at most this: a limit.
    public static func atMost(_ limit: Int) -> Invariant {
        Invariant("at most \(limit)") { $0 <= limit ? nil : "it is \($0), \(difference($0, limit))" }
    }

    /// A counter after calls of which some have an unknown outcome: it lies between what was acknowledged and that plus
    /// what may have been done.
    ///
    /// Both are sums of amounts that were added, each of them positive.
    public static func counter(acknowledged: Int, unknown: Int = 0) -> Invariant {
        guard unknown > 0 else {
            return Invariant("\(acknowledged), the sum of all acknowledged increments") {
                $0 == acknowledged ? nil : "it is \($0), \(difference($0, acknowledged))"
            }
        }
        let most = acknowledged + unknown
        return Invariant("between \(acknowledged) acknowledged and \(most) with unknown outcomes") {
            if $0 < acknowledged { return "it is \($0), \(difference($0, acknowledged))" }
            return $0 > most ? "it is \($0), \(difference($0, most))" : nil
        }
    }

    private static func difference(_ found: Int, _ expected: Int) -> String {
        found > expected ? "\(found - expected) too many" : "\(expected - found) too few"
    }
}

extension Invariant {
    /// No element comes twice: identifiers, names of created files.
    public static func noDuplicates<Element: Hashable & Sendable>() -> Invariant where Value == [Element] {
        Invariant("no duplicates") { value in
            var counts: [Element: Int] = [:]
            for element in value { counts[element, default: 0] += 1 }
            let twice = counts.filter { $0.value > 1 }.map { "\($0.key) comes \($0.value) times" }.sorted()
            return twice.isEmpty ? nil : twice.joined(separator: ", ")
        }
    }

    /// There are at most so many elements: a limit.
    public static func count<Element: Sendable>(atMost limit: Int) -> Invariant where Value == [Element] {
        Invariant("at most \(limit) elements") { $0.count <= limit ? nil : "there are \($0.count)" }
    }
}

extension Invariant where Value == [String: Int] {
    /// The amounts add up to this: money neither appears nor vanishes.
    public static func total(_ expected: Int) -> Invariant {
        Invariant("a total of \(expected)") { amounts in
            let total = amounts.values.reduce(0, +)
            if total == expected { return nil }
            return total > expected ? "\(total - expected) appeared" : "\(expected - total) vanished"
        }
    }

    /// No amount is below zero: no account is overdrawn.
    public static var noneNegative: Invariant {
        Invariant("no amount below zero") { amounts in
            let negative = amounts.filter { $0.value < 0 }.map { "\($0.key) is \($0.value)" }.sorted()
            return negative.isEmpty ? nil : negative.joined(separator: ", ")
        }
    }
}
