import InterlockConcurrency
public import InterlockJSON

/// The policies of one tool as an operator sets them: by the same names as in code, over what the tool's author declared.
///
/// ```json
/// { "enrich_record": { "concurrency": 5, "queue": { "depth": 100, "deadline": "20s" }, "rate": { "count": 100, "period": "1m", "burst": 20 } },
///   "hash_password": { "preset": "cpu" },
///   "transfer":      { "exclusive": ["from", "to"], "timeout": "10s" } }
/// ```
///
/// A policy that is not named keeps what the author declared; `false` takes one away. `exclusive` names arguments whose values are the keys, or is
/// `true` for one call of the tool at a time. A preset comes first, what stands beside it wins.
public struct ToolPolicySettings: Sendable {
    /// The names there are.
    static let names = [
        "preset", "exclusive", "concurrency", "adaptiveConcurrency", "queue", "timeout", "onWorkers", "neverInline", "rate", "breaker", "cache", "coalesce",
        "retry", "hedge", "sheddable",
    ]

    private var changes: [@Sendable (inout ToolPolicies) -> Void] = []

    /// Reads the policies of one tool.
    public init(_ json: RawJSON, at path: String) throws(ConfigurationError) {
        let object = try ConfigurationObject(json, at: path, allowing: Self.names)
        if let preset = try ToolPreset(object) { changes.append { preset.apply(to: &$0) } }
        try readWaiting(object)
        try readResource(object)
    }

    /// Reads the policies of several tools, by their names.
    public static func tools(_ json: RawJSON, at path: String) throws(ConfigurationError) -> [String: ToolPolicySettings] {
        let object = try ConfigurationObject(json, at: path, allowing: nil)
        var tools: [String: ToolPolicySettings] = [:]
        for name in object.names {
            guard let json = object[name] else { continue }
            tools[name] = try ToolPolicySettings(json, at: object.place(of: name))
        }
        return tools
    }

    func apply(to policies: inout ToolPolicies) {
        for change in changes { change(&policies) }
    }

    // MARK: Who waits for whom

    private mutating func readWaiting(_ object: ConfigurationObject) throws(ConfigurationError) {
        if let keys = try object.unless("exclusive", { object throws(ConfigurationError) in
            object["exclusive"]?.bool == true ? .tool : try object.strings("exclusive").map(ConfiguredKeys.arguments)
        }) {
            changes.append { $0.configuredKeys = keys.value ?? ConfiguredKeys.none }
        }
        if let limit = try object.unless("concurrency", { object throws(ConfigurationError) in try object.int("concurrency", in: 1...1_000_000) }) {
            changes.append { $0.concurrency = limit.value }
        }
        if let adaptation = try object.unless("adaptiveConcurrency", { object throws(ConfigurationError) in
            try ConcurrencyAdaptation(object, "adaptiveConcurrency")
        }) {
            if adaptation.value != nil, let limit = object["concurrency"], limit.bool != false {
                throw ConfigurationError(path: object.path, message: "has both \"concurrency\" and \"adaptiveConcurrency\": give the limit, or have it found")
            }
            changes.append { policies in
                if let adaptation = adaptation.value { policies.adapt(adaptation) } else if policies.adaptation != nil { policies.concurrency = nil }
            }
        }
        if let queue = try object.object("queue", allowing: ["depth", "deadline", "whenFull"]) {
            let (depth, deadline) = (try queue.int("depth", in: 0...1_000_000), try queue.duration("deadline"))
            let whenFull = try queue.choice("whenFull", QueueConfiguration.FullPolicy.names)
            changes.append { policies in
                if let depth { policies.queue.depth = depth }
                if let deadline { policies.queue.deadline = deadline }
                if let whenFull { policies.queue.whenFull = whenFull }
            }
        }
        if let timeout = try object.unless("timeout", { object throws(ConfigurationError) in try object.duration("timeout") }) {
            changes.append { $0.timeout = timeout.value }
        }
        if let onWorkers = try object.bool("onWorkers") { changes.append { $0.onWorkers = onWorkers } }
        if let neverInline = try object.bool("neverInline") { changes.append { $0.neverInline = neverInline } }
    }

    // MARK: The resource behind it

    private mutating func readResource(_ object: ConfigurationObject) throws(ConfigurationError) {
        if let rate = try object.unless("rate", { object throws(ConfigurationError) in try RateLimit.settings(object, "rate") }) {
            changes.append { policies in
                policies.rate = rate.value.map { ($0.limits, $0.scope ?? .caller) }
                policies.rateBlockTime = rate.value?.blockTime
                policies.rateIsShadow = rate.value?.isShadow ?? false
                policies.rateFallback = rate.value?.fallback
            }
        }
        if let breaker = try object.unless("breaker", { object throws(ConfigurationError) in try CircuitBreakerConfiguration(object, "breaker") }) {
            changes.append { $0.breaker = breaker.value }
        }
        if let cache = try object.unless("cache", { object throws(ConfigurationError) in
            try object.object("cache", allowing: ["entries", "bytes", "ttl", "staleFor", "per"]).map { cache throws(ConfigurationError) in
                (
                    entries: try cache.int("entries") ?? 1_000, bytes: try cache.int("bytes") ?? 16 << 20,
                    ttl: try cache.required("ttl", try cache.duration("ttl"), expected: "how long a result is kept, such as \"60s\""),
                    staleFor: try cache.duration("staleFor") ?? .zero, scope: try cache.scope() ?? .caller
                )
            }
        }) {
            changes.append { $0.cache = cache.value }
        }
        if let coalesces = try object.unless("coalesce", { object throws(ConfigurationError) in
            object["coalesce"]?.bool == true ? .caller : try object.choice("coalesce", PolicyScope.names)
        }) {
            changes.append { $0.coalesces = coalesces.value }
        }
        if let retry = try object.unless("retry", { object throws(ConfigurationError) in
            try object.object("retry", allowing: ["attempts", "first", "longest", "factor", "jitter", "budget"]).map { retry throws(ConfigurationError) in
                RetryPolicy(attempts: try retry.int("attempts", in: 1...100) ?? 3, backoff: try Backoff(retry), budget: try RetryBudget.setting(retry))
            }
        }) {
            changes.append { $0.retry = retry.value }
        }
        if let hedge = try object.unless("hedge", { object throws(ConfigurationError) in
            try object.object("hedge", allowing: ["after", "attempts", "budget"]).map { hedge throws(ConfigurationError) in
                Hedge(
                    after: try hedge.required(
                        "after", try hedge.duration("after"), expected: "how long the handler may take before it is run again, such as \"80ms\""),
                    attempts: try hedge.int("attempts", in: 2...10) ?? 2, budget: try RetryBudget.setting(hedge))
            }
        }) {
            changes.append { $0.hedge = hedge.value }
        }
        if let priority = try object.unless("sheddable", { object throws(ConfigurationError) in
            try object.choice("sheddable", [("first", ShedPriority.first), ("second", .second), ("last", .last)])
        }) {
            changes.append { $0.priority = priority.value }
        }
    }
}

/// What a configuration says of one policy: a value, or that there is to be none.
private struct Setting<Value: Sendable>: Sendable {
    var value: Value?
}

extension ConfigurationObject {
    /// A policy that `false` takes away; `nil` when the member is absent.
    fileprivate func unless<Value>(
        _ name: String, _ read: (ConfigurationObject) throws(ConfigurationError) -> Value?
    ) throws(ConfigurationError) -> Setting<Value>? {
        guard let value = self[name] else { return nil }
        if value.bool == false { return Setting(value: nil) }
        return Setting(value: try read(self))
    }

    /// For whom a policy keeps its state.
    func scope() throws(ConfigurationError) -> PolicyScope? {
        try choice("per", PolicyScope.names)
    }
}
