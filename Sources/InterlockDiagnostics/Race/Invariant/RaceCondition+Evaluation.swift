import InterlockJSON

extension RaceCondition {
    /// What the two sides come to.
    ///
    /// - Throws: ``RaceError`` when the answer does not have what the condition asks for: that is a mistake of the plan, not a fault of the server.
    func sides(in evidence: RaceInvariant.Evidence) throws(RaceError) -> Sides {
        do {
            return Sides(left: try amount(of: left.side, evidence), right: try amount(of: right.side, evidence))
        } catch {
            throw RaceError("invariant '\(self)': \(error.description)")
        }
    }

    private func amount(of side: Side, _ evidence: RaceInvariant.Evidence) throws(RaceError) -> Amount {
        if side.count == 1, side[0].sign == 1 { return try amount(of: side[0].term, evidence) }
        var (low, high) = (0.0, 0.0)
        for (sign, term) in side {
            guard case .number(let least, let most) = try amount(of: term, evidence) else { throw RaceError("only numbers can be added") }
            low += sign > 0 ? least : -most
            high += sign > 0 ? most : -least
        }
        return .number(low: low, high: high)
    }

    private func amount(of term: Term, _ evidence: RaceInvariant.Evidence) throws(RaceError) -> Amount {
        switch term {
        case .fixed(let json): return Amount(json)
        case .place(let steps):
            let values = try Self.values(at: steps, in: evidence.result)
            guard values.count == 1 else { throw RaceError("\(Self.text(steps)) has \(values.count) values: count or add them up, by size(…) or sum(…)") }
            return Amount(values[0])
        case .aggregate(let aggregate, let steps):
            return try aggregate.amount(of: try Self.elements(at: steps, in: evidence.result), Self.text(steps))
        case .count(let count, let tool):
            let counts = evidence.counts[tool] ?? AnswerCounts()
            let number = switch count {
            case .done: (counts.done, counts.done + counts.open)
            case .refused: (counts.refused, counts.refused + counts.open)
            case .failed: (counts.open, counts.open)
            }
            return .number(low: Double(number.0), high: Double(number.1))
        }
    }

    /// What stands at a place: one value, or as many as its stars have.
    private static func values(at steps: [String], in result: JSONValue?) throws(RaceError) -> [JSONValue] {
        var values = [result ?? .null]
        for (index, step) in steps.enumerated() {
            var next: [JSONValue] = []
            for value in values {
                if step == "*" {
                    guard let elements = value.elementsOrMembers else {
                        throw RaceError("\(text(steps.prefix(index))) is \(value.brief), which has no elements")
                    }
                    next += elements
                } else if let member = value[step] ?? Int(step).flatMap({ value[$0] }) {
                    next.append(member)
                } else {
                    throw RaceError("\(text(steps.prefix(index))) has no '\(step)'; it is \(value.brief)")
                }
            }
            values = next
        }
        return values
    }

    /// What an aggregate takes: the values of a place with stars, else the elements of the one value that is there.
    private static func elements(at steps: [String], in result: JSONValue?) throws(RaceError) -> [JSONValue] {
        let values = try values(at: steps, in: result)
        if steps.contains("*") { return values }
        guard let elements = values[0].elementsOrMembers else { throw RaceError("\(text(steps)) is \(values[0].brief), which has no elements") }
        return elements
    }

    private static func text(_ steps: some Sequence<String>) -> String { (["result"] + steps).joined(separator: ".") }
}

extension RaceCondition.Amount {
    init(_ json: JSONValue) {
        self = json.double.map { .number(low: $0, high: $0) } ?? .value(json)
    }
}

extension RaceCondition.Aggregate {
    fileprivate func amount(of elements: [JSONValue], _ place: String) throws(RaceError) -> RaceCondition.Amount {
        func exactly(_ number: Double) -> RaceCondition.Amount { .number(low: number, high: number) }
        switch self {
        case .size: return exactly(Double(elements.count))
        case .distinct: return exactly(Double(Set(elements).count))
        case .sum, .min, .max:
            let numbers = elements.compactMap(\.double)
            guard numbers.count == elements.count else {
                throw RaceError("\(rawValue)(\(place)) needs numbers, and there is \(elements.first { $0.double == nil }?.brief ?? "none")")
            }
            if self == .sum { return exactly(numbers.reduce(0, +)) }
            guard let extreme = self == .min ? numbers.min() : numbers.max() else { throw RaceError("\(rawValue)(\(place)) of nothing: there are no elements") }
            return exactly(extreme)
        }
    }
}

extension JSONValue {
    /// The elements of an array, or the values of an object.
    fileprivate var elementsOrMembers: [JSONValue]? { array ?? object?.values }

    /// The value in so many letters as fit a line.
    fileprivate var brief: String {
        let text = description
        return text.count <= 120 ? text : text.prefix(117) + "…"
    }
}
