public import InterlockJSON

/// What a search for the highest rate has found. Rates are in calls a second.
public struct BreakingPoint: Sendable, Hashable {
    /// The highest rate that held; nil when none did.
    public var lastGood: Double?
    /// The lowest rate that the server broke at; nil when the search ended before it did.
    public var breakingPoint: Double?
    /// The rate at which this program could not keep up, which ended the search: what the server bears lies above ``lastGood``, nobody knows how far.
    public var generatorLimit: Double?

    /// Describes a find.
    public init(lastGood: Double?, breakingPoint: Double?, generatorLimit: Double? = nil) {
        self.lastGood = lastGood
        self.breakingPoint = breakingPoint
        self.generatorLimit = generatorLimit
    }

    /// The members for programs; null for what was not found.
    public var json: JSONValue {
        func rate(_ rate: Double?) -> JSONValue { rate.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null }
        return ["lastGood": rate(lastGood), "breakingPoint": rate(breakingPoint), "generatorLimit": rate(generatorLimit)]
    }

    init?(_ json: JSONValue?) {
        guard let json, json.object != nil else { return nil }
        self.init(lastGood: json["lastGood"]?.double, breakingPoint: json["breakingPoint"]?.double, generatorLimit: json["generatorLimit"]?.double)
    }
}
