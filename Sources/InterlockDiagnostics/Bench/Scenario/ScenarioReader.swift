import InterlockJSON

/// Reads the members of one object of a scenario, and knows where it stands.
struct ScenarioReader {
    let json: JSONValue
    private let path: String

    init(_ json: JSONValue, _ path: String, knows: [String]) throws(ScenarioError) {
        guard let members = json.object else { throw ScenarioError(path, "must be an object, not \(json)") }
        for (key, _) in members where !knows.contains(key) {
            throw ScenarioError(path.isEmpty ? key : "\(path).\(key)", "is unknown here; use \(knows.joined(separator: ", "))")
        }
        self.json = json
        self.path = path
    }

    func int(_ key: String, _ range: ClosedRange<Int>) throws(ScenarioError) -> Int? {
        guard let value = json[key] else { return nil }
        guard let number = value.int, range.contains(number) else {
            throw ScenarioError(place(key), "must be a whole number from \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
        return number
    }

    func number(_ key: String, _ range: ClosedRange<Double>) throws(ScenarioError) -> Double? {
        guard let value = json[key] else { return nil }
        guard let number = value.double, range.contains(number) else {
            throw ScenarioError(place(key), "must be a number from \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
        return number
    }

    func array(_ key: String) throws(ScenarioError) -> [JSONValue] {
        guard let value = json[key] else { return [] }
        guard let elements = value.array else { throw ScenarioError(place(key), "must be an array, not \(value)") }
        return elements
    }

    func think() throws(ScenarioError) -> ClosedRange<Duration>? {
        guard let value = json["think"] else { return nil }
        let ends = value.array?.compactMap(\.double) ?? value.double.map { [$0, $0] } ?? []
        guard ends.count == 2, ends[0] >= 0, ends[0] <= ends[1], ends[1] <= 86_400 else {
            throw ScenarioError(place("think"), "must be seconds, or two of them with the smaller first, as in [0.1, 2], not \(value)")
        }
        return Duration(seconds: ends[0])...Duration(seconds: ends[1])
    }

    private func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
