import InterlockJSON

/// What a scenario file says: agents, the mix of tools, phases.
///
/// ```json
/// { "seed": 7, "agents": 20,
///   "calls": [ {"tool": "search", "weight": 8, "arguments": {"query": "item {{counter}}"}}, {"tool": "add"} ],
///   "phases": [ {"name": "ramp", "rate": 50, "to": 500, "seconds": 30}, {"name": "soak", "rate": 500, "seconds": 600} ] }
/// ```
///
/// A call without `arguments` gets some made from the tool's input schema. Times are in seconds; `think` counts only in a closed loop.
public struct Scenario: Sendable {
    /// One tool and its arguments; nil for arguments made from its schema.
    public struct Call: Sendable {
        public var tool: String
        public var weight: Int
        public var arguments: ArgumentTemplate?

        /// Describes a call.
        public init(tool: String, weight: Int = 1, arguments: ArgumentTemplate? = nil) {
            self.tool = tool
            self.weight = weight
            self.arguments = arguments
        }
    }

    public var seed: UInt64?
    public var agents: Int?
    public var think: ClosedRange<Duration>?
    public var calls: [Call] = []
    public var phases: [LoadPhase] = []

    /// Reads a scenario. Throws ``ScenarioError`` that names the member, what was expected and what was found.
    public init(parsing text: String) throws(ScenarioError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: text) } catch { throw ScenarioError("", "the scenario is no JSON: \(error)") }
        let root = try ScenarioReader(json, "", knows: ["seed", "agents", "think", "calls", "phases"])
        seed = try root.int("seed", 0...Int.max).map { UInt64($0) }
        agents = try root.int("agents", 1...10_000)
        think = try root.think()
        for (index, element) in try root.array("calls").enumerated() {
            let call = try ScenarioReader(element, "calls[\(index)]", knows: ["tool", "weight", "arguments"])
            guard let tool = call.json["tool"]?.string, !tool.isEmpty else {
                throw ScenarioError("calls[\(index)].tool", "must be the name of a tool")
            }
            var entry = Call(tool: tool, weight: try call.int("weight", 1...1_000_000) ?? 1)
            if let arguments = call.json["arguments"] {
                entry.arguments = try ArgumentTemplate(arguments, path: "calls[\(index)].arguments")
            }
            calls.append(entry)
        }
        guard !calls.isEmpty else { throw ScenarioError("calls", "must name at least one tool, as in [{\"tool\": \"search\"}]") }
        for (index, element) in try root.array("phases").enumerated() {
            let phase = try ScenarioReader(element, "phases[\(index)]", knows: ["name", "rate", "to", "seconds"])
            guard let rate = try phase.number("rate", 0...1_000_000), let seconds = try phase.number("seconds", 0.001...604_800) else {
                throw ScenarioError("phases[\(index)]", "needs \"rate\" (calls per second) and \"seconds\"")
            }
            let to = try phase.number("to", 0...1_000_000)
            guard max(rate, to ?? rate) > 0 else { throw ScenarioError("phases[\(index)].rate", "must be more than 0 at one end at least") }
            phases.append(LoadPhase(phase.json["name"]?.string ?? "phase \(index + 1)", rate: rate, to: to, duration: Duration(seconds: seconds)))
        }
    }
}
