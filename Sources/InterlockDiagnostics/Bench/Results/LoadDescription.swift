import InterlockJSON

/// What was asked of a server, as far as its latencies depend on it. Figures of unlike loads say nothing about the servers.
///
/// How long it lasted is no part of it: a longer run of the same load only tells more.
public struct LoadDescription: Sendable, Hashable {
    /// What is told apart: loop, rates or clients, bounds, tools with their weights, a digest of their arguments, agents and the seed.
    public var parts: [String: String]

    /// Makes one of known parts; for tests.
    public init(parts: [String: String]) { self.parts = parts }

    /// Describes a load on so many agents.
    public init(_ configuration: LoadConfiguration, mix: ToolMix, agents: Int) {
        // The order in which they were named makes no other load: each has its share of the calls.
        let entries = mix.entries.sorted {
            ($0.tool, $0.weight, CanonicalJSON.text($0.arguments.source)) < ($1.tool, $1.weight, CanonicalJSON.text($1.arguments.source))
        }
        var parts = [
            "seed": "\(configuration.seed)", "agents": "\(agents)", "inFlight": "\(configuration.maximumInFlight)",
            "tools": entries.map { $0.weight == 1 ? $0.tool : "\($0.tool) ×\($0.weight)" }.joined(separator: ", "),
            "arguments": String(CanonicalJSON.digest(.array(entries.map(\.arguments.source))).prefix(16)),
        ]
        switch configuration.loop {
        case .open(let phases, let spacing):
            parts["loop"] = "open, \(spacing)"
            parts["rate"] = phases.count == 1 ? Self.rate(phases[0]) : phases.map { "\(Self.rate($0)) for \($0.duration.seconds) s" }.joined(separator: ", ")
        case .closed(let clients, _):
            parts["loop"] = "closed"
            parts["clients"] = "\(clients)"
            if configuration.think.upperBound > .zero {
                parts["think"] = "\(configuration.think.lowerBound.seconds) to \(configuration.think.upperBound.seconds) s"
            }
        }
        self.parts = parts
    }

    private static func rate(_ phase: LoadPhase) -> String {
        phase.rate.from == phase.rate.to ? "\(phase.rate.from)" : "\(phase.rate.from) to \(phase.rate.to)"
    }

    /// Where two loads differ, each with both values.
    public func differences(from other: LoadDescription) -> [String] {
        Set(parts.keys).union(other.parts.keys).sorted()
            .compactMap { name in difference(name, from: other).map { "\(name) \($0.own) and \($0.other)" } }
    }

    /// Both values of one part, `none` where there is none; `nil` when they are the same.
    func difference(_ name: String, from other: LoadDescription) -> (own: String, other: String)? {
        parts[name] == other.parts[name] ? nil : (own: parts[name] ?? "none", other: other.parts[name] ?? "none")
    }

    var json: JSONValue { .object(JSONObject(parts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })) }

    init?(_ json: JSONValue?) {
        guard let members = json?.object else { return nil }
        parts = Dictionary(members.compactMap { member in member.value.string.map { (member.key, $0) } }) { $1 }
    }
}
