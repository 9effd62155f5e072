public import InterlockConcurrency
import InterlockJSON

/// Policies that suit a kind of resource behind a tool; what is declared after a preset wins over it.
///
/// The numbers are where to begin; `interlock bench` says where to go from there.
public enum ToolPreset: Sendable, Hashable {
    /// An API that allows so many calls: its own limit, shared by all callers, ten at once, a breaker, and half a minute for each.
    case rateLimitedAPI(RateLimit)
    /// Work that computes: on the worker threads, whose number is the limit.
    case cpu
    /// A SQLite database: two to five connections read at once, one writes, and waiting is short.
    case sqlite(connections: Int = 4)
    /// Files that are written: one to ten at once, as a disk gains nothing from more.
    case fileWrites(atOnce: Int = 4)

    func apply(to policies: inout ToolPolicies) {
        switch self {
        case .rateLimitedAPI(let limit):
            policies.rate = ([limit], .everyone)
            policies.concurrency = 10
            policies.queue.deadline = .seconds(20)
            policies.breaker = CircuitBreakerConfiguration()
            policies.timeout = .seconds(30)
        case .cpu:
            policies.onWorkers = true
            policies.queue.depth = 100
            policies.queue.deadline = .seconds(30)
        case .sqlite(let connections):
            policies.concurrency = min(5, max(2, connections))
            policies.queue.deadline = .seconds(5)
        case .fileWrites(let count):
            policies.concurrency = min(10, max(1, count))
            policies.queue.deadline = .seconds(10)
        }
    }

    /// As a configuration names it: `"cpu"`, `"sqlite"`, `"fileWrites"`, or `{ "rateLimitedAPI": { "count": 100, "period": "1m" } }`.
    init?(_ object: ConfigurationObject) throws(ConfigurationError) {
        guard let json = object["preset"] else { return nil }
        if json.string != nil {
            let simple: [(String, ToolPreset)] = [("cpu", .cpu), ("sqlite", .sqlite()), ("fileWrites", .fileWrites())]
            guard let preset = try object.choice("preset", simple) else { return nil }
            self = preset
            return
        }
        guard let preset = try object.object("preset", allowing: ["rateLimitedAPI", "sqlite", "fileWrites"]), preset.names.count == 1 else {
            throw object.wrong("preset", json, expected: "one preset")
        }
        if let rule = try preset.object("rateLimitedAPI", allowing: RateLimit.members) {
            self = .rateLimitedAPI(try RateLimit(rule))
        } else if let connections = try preset.int("sqlite", in: 2...5) {
            self = .sqlite(connections: connections)
        } else if let count = try preset.int("fileWrites", in: 1...10) {
            self = .fileWrites(atOnce: count)
        } else {
            return nil
        }
    }
}

extension Tool {
    /// The policies that suit the kind of resource behind the tool; what is declared after it wins.
    public func preset(_ preset: ToolPreset) -> Tool {
        var tool = self
        preset.apply(to: &tool.policies)
        return tool
    }
}
