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
        problems += Self.schema.validate(raw.value()).map { .init(path: $0.instancePath, message: $0.message) }
        guard problems.isEmpty else { throw TenantConfigurationError(problems) }

        self.init()
        do throws(ConfigurationError) {
            let file = try ConfigurationObject(raw, allowing: nil)
            let rules = [("refuse", Rule.refuse), ("defaults", Rule.defaults)]
            unknownTenants = try file.choice("unknownTenants", rules) ?? .refuse
            withoutTenant = try file.choice("withoutTenant", rules) ?? .refuse
            if let json = file["defaults"] { defaults.take(json, at: "/defaults", &problems) }
            Self.check(defaults, at: "/defaults", &problems)
            for (name, json) in file["tenants"]?.members ?? [] {
                var policy = defaults
                let path = "/tenants/\(Self.escaped(name))"
                policy.take(json, at: path, &problems)
                Self.check(policy, at: path, &problems)
                // Two names of different bytes that read the same would be one to whoever reads the file.
                if tenants.updateValue(policy, forKey: name) != nil {
                    problems.append(.init(path: path, message: "another name reads the same as this one, only its bytes differ; keep one"))
                }
            }
        } catch {
            problems.append(.init(path: "", message: error.description))
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
    fileprivate mutating func take(_ json: RawJSON, at path: String, _ problems: inout [TenantConfigurationError.Problem]) {
        do throws(ConfigurationError) {
            try take(ConfigurationObject(json, allowing: nil))
        } catch {
            problems.append(.init(path: path, message: error.description))
        }
    }

    private mutating func take(_ entry: ConfigurationObject) throws(ConfigurationError) {
        isEnabled = try entry.bool("enabled") ?? isEnabled
        tools = try entry.strings("tools").map { NameAllowance($0) } ?? tools
        resources = try entry.strings("resources").map { NameAllowance($0) } ?? resources
        prompts = try entry.strings("prompts").map { NameAllowance($0) } ?? prompts
        rateLimits = try RateLimit.list(entry, "rateLimits") ?? rateLimits
        if let tools = try entry.object("toolRateLimits", allowing: nil) {
            for tool in tools.names { toolRateLimits[tool] = try RateLimit.list(tools, tool) }
        }
        if let costs = try entry.object("toolCosts", allowing: nil) {
            for tool in costs.names { toolCosts[tool] = try costs.int(tool, in: 0...1_000_000) }
        }
        maximumInFlight = try entry.int("maximumInFlight") ?? maximumInFlight
        maximumSessions = try entry.int("maximumSessions", in: 0...1_000_000) ?? maximumSessions
        maximumPendingBytes = try entry.int("maximumPendingBytes") ?? maximumPendingBytes
        weight = try entry.int("weight") ?? weight
        whenStoreFails = try entry.choice("whenStoreFails", [("deny", .deny), ("allow", .allow), ("local", .local(1))]) ?? whenStoreFails
        if let fraction = try entry.double("localFraction", in: 0...1), case .local = whenStoreFails { whenStoreFails = .local(fraction) }
    }
}
