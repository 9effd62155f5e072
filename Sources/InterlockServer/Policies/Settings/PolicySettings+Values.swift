import InterlockConcurrency
import InterlockJSON
import InterlockStorage

extension PolicyScope {
    /// As a configuration calls them.
    static let names: [(String, PolicyScope)] = [("everyone", .everyone), ("caller", .caller)]
}

extension QueueConfiguration.FullPolicy {
    /// As a configuration calls them.
    static let names: [(String, QueueConfiguration.FullPolicy)] = [
        ("rejectNewest", .rejectNewest), ("rejectOldest", .rejectOldest), ("rejectEarliestDeadline", .rejectEarliestDeadline),
        ("newestFirstUnderOverload", .newestFirstUnderOverload),
    ]

    /// As a configuration calls it.
    var name: String {
        switch self {
        case .rejectNewest: "rejectNewest"
        case .rejectOldest: "rejectOldest"
        case .rejectEarliestDeadline: "rejectEarliestDeadline"
        case .newestFirstUnderOverload: "newestFirstUnderOverload"
        }
    }
}

extension RateLimit {
    /// The members of a limit in a configuration.
    static let members = ["count", "period", "burst", "algorithm"]

    /// What a configuration says of a tool's rate.
    struct Settings: Sendable {
        var limits: [RateLimit] = []
        var scope: PolicyScope?
        var blockTime: Duration?
        var isShadow: Bool?
        var fallback: ResilientRateLimitStore.WhenDegraded?
    }

    /// One limit, or several that hold together; scope, block time, shadow mode and fallback are the first that are given.
    static func settings(_ object: ConfigurationObject, _ name: String) throws(ConfigurationError) -> Settings? {
        guard let rules = try object.objects(name, allowing: members + ["per", "blockTime", "shadow", "fallback"]) else { return nil }
        guard !rules.isEmpty else { throw object.wrong(name, .emptyArray, expected: "at least one limit such as { \"count\": 100, \"period\": \"1m\" }") }
        var settings = Settings()
        for rule in rules {
            settings.limits.append(try RateLimit(rule))
            if let given = try rule.scope(), settings.scope == nil { settings.scope = given }
            if let given = try rule.duration("blockTime"), settings.blockTime == nil { settings.blockTime = given }
            if let given = try rule.bool("shadow"), settings.isShadow == nil { settings.isShadow = given }
            if let given = try fallback(rule), settings.fallback == nil { settings.fallback = given }
        }
        return settings
    }

    /// `"deny"`, `"allow"` or `"local:0.5"`.
    private static func fallback(_ rule: ConfigurationObject) throws(ConfigurationError) -> ResilientRateLimitStore.WhenDegraded? {
        guard let value = rule["fallback"] else { return nil }
        guard let fallback = value.string.flatMap(ResilientRateLimitStore.WhenDegraded.init) else {
            throw rule.wrong("fallback", value, expected: "\"deny\", \"allow\", or \"local:\" and a share above 0 and up to 1, such as \"local:0.5\"")
        }
        return fallback
    }

    /// Limits that hold together, of whose scope there is no choice; none when the list is empty.
    static func list(_ object: ConfigurationObject, _ name: String) throws(ConfigurationError) -> [RateLimit]? {
        guard let rules = try object.objects(name, allowing: members) else { return nil }
        var limits: [RateLimit] = []
        for rule in rules { limits.append(try RateLimit(rule)) }
        return limits
    }

    /// `{ "count": 100, "period": "1m", "burst": 20, "algorithm": "gcra" }`
    init(_ rule: ConfigurationObject) throws(ConfigurationError) {
        let count = try rule.required("count", try rule.int("count"), expected: "how many calls come back in a period")
        let period = try rule.required("period", try rule.duration("period"), expected: "a length of time such as \"1m\"")
        let algorithm = try rule.choice("algorithm", [("gcra", Algorithm.gcra), ("tokenBucket", .tokenBucket)])
        self.init(count, per: period, burst: try rule.int("burst"), algorithm: algorithm ?? .gcra)
    }
}

extension CircuitBreakerConfiguration {
    /// `true`, or what differs from the defaults.
    init?(_ object: ConfigurationObject, _ name: String) throws(ConfigurationError) {
        if object[name]?.bool == true {
            self.init()
            return
        }
        let members = [
            "calls", "window", "minimumCalls", "failureRate", "slowCallDuration", "slowCallRate", "openDuration", "openGrowth", "longestOpenDuration", "probes",
            "probeDuration",
        ]
        guard let breaker = try object.object(name, allowing: members) else { return nil }
        self.init()
        if let calls = try breaker.int("calls", in: 1...1_000_000) { window = .calls(calls) }
        if let length = try breaker.duration("window") {
            guard !breaker.has("calls") else {
                throw ConfigurationError(path: breaker.path, message: "has both \"calls\" and \"window\": give the window as one of them")
            }
            window = .time(length)
        }
        minimumCalls = try breaker.int("minimumCalls") ?? minimumCalls
        failureRate = try breaker.double("failureRate", in: 0...1) ?? failureRate
        slowCallDuration = try breaker.duration("slowCallDuration") ?? slowCallDuration
        slowCallRate = try breaker.double("slowCallRate", in: 0...1) ?? slowCallRate
        openDuration = try breaker.duration("openDuration") ?? openDuration
        openGrowth = try breaker.double("openGrowth", in: 1...100) ?? openGrowth
        longestOpenDuration = try breaker.duration("longestOpenDuration") ?? max(longestOpenDuration, openDuration)
        if longestOpenDuration < openDuration {
            throw ConfigurationError(path: breaker.path, message: "has a \"longestOpenDuration\" shorter than \"openDuration\": make it at least as long")
        }
        probes = try breaker.int("probes") ?? probes
        probeDuration = try breaker.duration("probeDuration") ?? probeDuration
    }
}

extension ConcurrencyAdaptation {
    /// `true`, or what differs from the defaults: `{ "initial": 20, "minimum": 1, "maximum": 200, "tolerance": 1.5 }`
    init?(_ object: ConfigurationObject, _ name: String) throws(ConfigurationError) {
        if object[name]?.bool == true {
            self.init()
            return
        }
        guard let adaptation = try object.object(name, allowing: ["initial", "minimum", "maximum", "tolerance"]) else { return nil }
        let bounds = 1...1_000_000
        self.init()
        let (least, most) = (try adaptation.int("minimum", in: bounds), try adaptation.int("maximum", in: bounds))
        // A bound that is given moves the defaults it would contradict.
        initial = try adaptation.int("initial", in: bounds) ?? min(most ?? .max, max(least ?? 1, initial))
        minimum = least ?? min(minimum, initial)
        maximum = most ?? max(maximum, initial)
        tolerance = try adaptation.double("tolerance", in: 1...100) ?? tolerance
        guard isSensible else {
            throw ConfigurationError(
                path: adaptation.path, message: "must have \"minimum\" ≤ \"initial\" ≤ \"maximum\", and has \(minimum), \(initial) and \(maximum)")
        }
    }
}

extension Backoff {
    /// `{ "first": "100ms", "longest": "10s", "factor": 2, "jitter": "full" }`
    init(_ retry: ConfigurationObject) throws(ConfigurationError) {
        let usual = Backoff()
        self.init(
            first: try retry.duration("first") ?? usual.first, factor: try retry.double("factor", in: 1...100) ?? usual.factor,
            longest: try retry.duration("longest") ?? usual.longest,
            jitter: try retry.choice("jitter", [("none", Jitter.none), ("half", .half), ("full", .full)]) ?? usual.jitter)
    }
}

extension RetryBudget {
    /// `{ "share": 0.2, "minimumPerSecond": 1, "window": "10s" }`, or none.
    static func setting(_ retry: ConfigurationObject) throws(ConfigurationError) -> RetryBudget? {
        guard let budget = try retry.object("budget", allowing: ["share", "minimumPerSecond", "window"]) else { return nil }
        return RetryBudget(
            share: try budget.double("share", in: 0...10) ?? 0.2, minimumPerSecond: try budget.double("minimumPerSecond", in: 0...1_000_000) ?? 1,
            window: try budget.duration("window") ?? .seconds(10))
    }
}
