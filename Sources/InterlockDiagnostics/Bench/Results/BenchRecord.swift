public import InterlockJSON

/// A run as it is saved: the whole distribution with its blocks, the machine, what was called and the seed.
public struct BenchRecord: Sendable, Hashable {
    public var target: String
    public var seed: UInt64
    /// Milliseconds since the Unix epoch.
    public var time: Int64
    public var machine: MachineFingerprint
    /// What was asked; nil where nobody said it.
    public var load: LoadDescription?
    /// What a search for the breaking point found; nil where there was none. The result is that of its last good rate, or of its first step.
    public var search: BreakingPoint?
    public var result: LoadResult

    /// Describes a run.
    public init(
        target: String, seed: UInt64, time: Int64, machine: MachineFingerprint = .current, load: LoadDescription? = nil, search: BreakingPoint? = nil,
        result: LoadResult
    ) {
        self.target = target
        self.seed = seed
        self.time = time
        self.machine = machine
        self.load = load
        self.search = search
        self.result = result
    }

    /// The file's contents; ``init(parsing:)`` reads it back without loss.
    public var json: JSONValue {
        var members: JSONObject = [
            "format": "interlock-bench-1", "target": .string(target), "seed": .string("\(seed)"), "time": .number(JSONNumber(time)),
            "machine": machine.json,
            "summary": result.summary,
            "counts": .object(JSONObject(BenchRecord.counts.map { ($0.0, .number(JSONNumber(result[keyPath: $0.1]))) })),
            "figures": .object(JSONObject(BenchRecord.figures.map { ($0.0, JSONNumber(result[keyPath: $0.1]).map(JSONValue.number) ?? 0) })),
            "total": result.total.json,
            "tools": .object(JSONObject(result.tools.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })),
            "slices": .array(result.slices.map(\.json)),
        ]
        if let load { members["load"] = load.json }
        if let search { members["search"] = search.json }
        return .object(members)
    }

    /// Reads a saved run. Throws ``BenchError`` that says what is missing.
    public init(parsing text: String) throws(BenchError) {
        let json: JSONValue
        let limits = JSONLimits(maximumBytes: 256 << 20, maximumKeys: 1_000_000)
        do { json = try JSONValue(parsing: text, limits: limits) } catch { throw BenchError("is no JSON: \(error)") }
        guard json["format"]?.string == "interlock-bench-1" else { throw BenchError("is no saved run: \"format\" is not \"interlock-bench-1\"; make one with --save") }
        guard let total = json["total"].flatMap(LoadMeasure.init), let slices = json["slices"]?.array,
            let machine = MachineFingerprint(json["machine"])
        else {
            throw BenchError("is damaged: \"total\", \"slices\" or \"machine\" cannot be read")
        }
        var result = LoadResult(total: total, slices: slices.compactMap(LoadMeasure.init))
        guard result.slices.count == slices.count else { throw BenchError("is damaged: a slice cannot be read") }
        // What is drawn from them is added up: a thousand slices with as many calls in all as a histogram may hold are no trouble.
        var rest = LatencyHistogram.largestCount
        for slice in result.slices { rest = slice.calls > rest ? -1 : rest - slice.calls }
        guard rest >= 0, slices.count <= 1_000 else { throw BenchError("is damaged: its slices have more calls than a run can make") }
        for (key, path) in Self.counts {
            let number = json["counts"]?[key]?.int ?? 0
            guard (0...LatencyHistogram.largestCount).contains(number) else { throw BenchError("is damaged: \"\(key)\" is no count") }
            result[keyPath: path] = number
        }
        for (key, path) in Self.figures {
            let number = json["figures"]?[key]?.double ?? 0
            guard number.isFinite, number >= 0 else { throw BenchError("is damaged: \"\(key)\" is no figure of a run") }
            result[keyPath: path] = number
        }
        // Runs that were saved before it was told apart waited for their last call.
        if json["figures"]?["answeredSeconds"] == nil { result.answeredSeconds = result.seconds }
        for (tool, measure) in json["tools"]?.object ?? [:] {
            guard let measure = LoadMeasure(measure) else { throw BenchError("is damaged: the tool \(tool) cannot be read") }
            result.tools[tool] = measure
        }
        let time = json["time"]?.int ?? 0
        guard (0...Self.latestTime).contains(time) else { throw BenchError("is damaged: \"time\" is no moment") }
        self.init(
            target: json["target"]?.string ?? "", seed: json["seed"]?.string.flatMap { UInt64($0) } ?? 0,
            time: Int64(time), machine: machine, load: LoadDescription(json["load"]),
            search: BreakingPoint(json["search"]), result: result)
    }

    /// The year 9999.
    private static let latestTime = 253_402_300_799_999

    private static var counts: [(String, WritableKeyPath<LoadResult, Int>)] {
        [("offered", \.offered), ("lateStarts", \.lateStarts), ("waited", \.waited), ("dropped", \.dropped), ("generatorThreads", \.generatorThreads)]
    }

    private static var figures: [(String, WritableKeyPath<LoadResult, Double>)] {
        [
            ("rate", \.rate), ("offeredSeconds", \.offeredSeconds), ("answeredSeconds", \.answeredSeconds), ("seconds", \.seconds),
            ("sliceSeconds", \.sliceSeconds), ("generatorCores", \.generatorCores),
        ]
    }
}
