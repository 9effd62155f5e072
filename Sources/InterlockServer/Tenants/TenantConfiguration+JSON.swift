import InterlockConcurrency
import InterlockJSON

extension TenantConfiguration {
    /// Reads a configuration file.
    ///
    /// A tenant's entry takes over from `defaults` what it does not say itself; of `toolRateLimits` and `toolCosts` tool
    /// by tool, of everything else member by member. Unknown members are errors, and so is a name that occurs twice.
    ///
    /// - Throws: ``TenantConfigurationError`` with everything that is wrong and where.
    public init(json: [UInt8]) throws(TenantConfigurationError) {
        let raw: RawJSON
        do throws(JSONError) {
            raw = try RawJSON(json, limits: JSONLimits(maximumBytes: 64 << 20, maximumDepth: 16, maximumKeys: 2_000_000))
        } catch {
            let place = error.offset.map { " (byte \($0))" } ?? ""
            throw TenantConfigurationError([.init(path: "", message: "no JSON: \(error.message)\(place)")])
        }
        var problems: [TenantConfigurationError.Problem] = []
        Self.findDuplicates(in: raw, at: "", &problems)
        let value = raw.value()
        problems += Self.schema.validate(value).map { .init(path: $0.instancePath, message: $0.message) }
        guard problems.isEmpty else { throw TenantConfigurationError(problems) }

        self.init()
        unknownTenants = value["unknownTenants"]?.string.flatMap(Rule.init) ?? .refuse
        withoutTenant = value["withoutTenant"]?.string.flatMap(Rule.init) ?? .refuse
        if let json = value["defaults"] { defaults.take(json) }
        Self.check(defaults, at: "/defaults", &problems)
        for (name, json) in value["tenants"]?.object ?? [:] {
            var policy = defaults
            policy.take(json)
            let path = "/tenants/\(Self.escaped(name))"
            Self.check(policy, at: path, &problems)
            // Two names of different bytes that read the same would be one to whoever reads the file.
            if tenants.updateValue(policy, forKey: name) != nil {
                problems.append(.init(path: path, message: "another name reads the same as this one, only its bytes differ; keep one"))
            }
        }
        guard problems.isEmpty else { throw TenantConfigurationError(problems) }
    }

    /// What no schema can say: limits that would never let a call in.
    private static func check(_ policy: TenantPolicy, at path: String, _ problems: inout [TenantConfigurationError.Problem]) {
        guard let smallest = policy.rateLimits.map(\.burst).min() else { return }
        for (tool, cost) in policy.toolCosts.sorted(by: { $0.key < $1.key }) where cost > smallest {
            problems.append(.init(
                path: "\(path)/toolCosts/\(escaped(tool))",
                message: "a call that costs \(cost) never fits into a burst of \(smallest); lower the cost or raise the burst in rateLimits"))
        }
    }

    private static func findDuplicates(in json: RawJSON, at path: String, _ problems: inout [TenantConfigurationError.Problem]) {
        for (index, element) in (json.elements ?? []).enumerated() { findDuplicates(in: element, at: "\(path)/\(index)", &problems) }
        guard let members = RawMembers(json) else { return }
        var seen: Set<ExactName> = []
        for position in 0..<members.count {
            let name = members.name(position)
            let inner = "\(path)/\(escaped(name))"
            if !seen.insert(ExactName(text: name)).inserted {
                problems.append(.init(path: inner, message: "this name occurs twice in its object; keep one of them"))
            }
            findDuplicates(in: members.value(position), at: inner, &problems)
        }
    }

    /// A name as a part of a JSON pointer.
    private static func escaped(_ name: String) -> String {
        name.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}

extension TenantPolicy {
    /// Takes over what an entry of a file says; the schema has been checked.
    fileprivate mutating func take(_ json: JSONValue) {
        if let value = json["enabled"]?.bool { isEnabled = value }
        if let names = Self.names(json["tools"]) { tools = names }
        if let names = Self.names(json["resources"]) { resources = names }
        if let names = Self.names(json["prompts"]) { prompts = names }
        if let limits = json["rateLimits"]?.array { rateLimits = limits.map(RateLimit.init(configured:)) }
        for (tool, limits) in json["toolRateLimits"]?.object ?? [:] {
            toolRateLimits[tool] = (limits.array ?? []).map(RateLimit.init(configured:))
        }
        for (tool, cost) in json["toolCosts"]?.object ?? [:] { toolCosts[tool] = cost.number?.exactInteger }
        if let value = json["maximumInFlight"]?.number?.exactInteger { maximumInFlight = value }
        if let value = json["maximumSessions"]?.number?.exactInteger { maximumSessions = value }
        if let value = json["maximumPendingBytes"]?.number?.exactInteger { maximumPendingBytes = value }
        if let value = json["weight"]?.number?.exactInteger { weight = value }
        switch json["whenStoreFails"]?.string {
        case "deny": whenStoreFails = .deny
        case "allow": whenStoreFails = .allow
        case "local": whenStoreFails = .local(1)
        default: break
        }
        if let fraction = json["localFraction"]?.double, case .local = whenStoreFails { whenStoreFails = .local(fraction) }
    }

    private static func names(_ json: JSONValue?) -> NameAllowance? {
        json?.array.map { NameAllowance($0.compactMap(\.string)) }
    }
}

extension RateLimit {
    /// A limit as a file says it; the schema has been checked.
    fileprivate init(configured json: JSONValue) {
        let count = json["count"]?.number?.exactInteger ?? 1
        let seconds = json["seconds"]?.double ?? 1
        self.init(
            count, per: .nanoseconds(Int64((seconds * 1e9).rounded())), burst: json["burst"]?.number?.exactInteger,
            algorithm: json["algorithm"]?.string == "tokenBucket" ? .tokenBucket : .gcra)
    }
}
