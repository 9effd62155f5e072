import InterlockJSON

extension RacePlan {
    /// Reads a plan and checks that it can be carried out.
    ///
    /// - Throws: ``RaceError`` that names the member, what is wrong with it, and the nearest right word for a misspelt one.
    public init(parsing text: String) throws(RaceError) {
        let json: RawJSON
        do { json = try RawJSON(parsing: text) } catch { throw RaceError("the plan cannot be read: \(error)") }
        do { try self.init(json) } catch { throw RaceError("the plan cannot be carried out: \(error)") }
    }

    private init(_ json: RawJSON) throws(ConfigurationError) {
        let plan = try ConfigurationObject(json, allowing: [
            "model", "clients", "calls", "rounds", "reset", "prepare", "operations", "values", "refusals", "invariant",
            "capacity", "elements", "accounts", "maximumAmount", "start",
        ])
        model = try plan.choice("model", Model.allCases.map { ($0.rawValue, $0) })
        clients = try plan.int("clients", in: 1...256) ?? 8
        calls = try plan.int("calls", in: 1...64) ?? 4
        rounds = try plan.int("rounds", in: 1...10_000) ?? 25
        capacity = try plan.int("capacity")
        elements = try plan.int("elements") ?? max(8, 2 * min(capacity ?? 0, 1_000_000))
        maximumAmount = try plan.int("maximumAmount") ?? 100
        start = try plan.int("start", in: Int.min...Int.max)
        accounts = try Self.accounts(plan)
        values = try ValueGenerator.named(plan)
        for name in values.keys.sorted() where Self.callNames.contains(name) || model?.names.contains(name) == true {
            throw ConfigurationError(path: "values.\(name)", message: "is a name that has a meaning already: choose another")
        }
        reset = try Self.steps(plan, "reset")
        prepare = try Self.steps(plan, "prepare")
        invariant = try plan.object("invariant", allowing: ["tool", "arguments", "holds"]).map { object throws(ConfigurationError) in
            try RaceInvariant(object)
        }
        let refusals = try Refusal.all(plan)
        let names = Self.callNames + values.keys.sorted() + (model?.names ?? [])
        operations = []
        let members = ["does", "tool", "arguments", "weight", "result", "refusals"]
        for object in try plan.required("operations", try plan.objects("operations", allowing: members), expected: "the calls that are made at once") {
            operations.append(try Self.operation(object, of: model, names, refusals))
        }
        try check(plan)
    }

    /// What says which call it is.
    static let callNames = ["round", "client", "index"]

    private static func operation(
        _ object: ConfigurationObject, of model: Model?, _ names: [String], _ refusals: [Refusal]
    ) throws(ConfigurationError) -> Operation {
        let arguments = try DrawnJSON(object["arguments"]?.value() ?? [:], at: object.place(of: "arguments"), names: names)
        var does = ""
        if let model {
            let known = model.operations.map { ($0.name, $0) }
            let operation = try object.required("does", try object.choice("does", known), expected: "what it does to the \(model.rawValue)")
            does = operation.name
            for name in operation.needs where !arguments.names.contains(name) {
                throw ConfigurationError(
                    path: object.place(of: "arguments"), message: "nowhere has \"$\(name)\", so the server would not be told what '\(does)' is about")
            }
        } else if object.has("does") {
            let message = "says what a call does to the model, and the plan has none: leave it out, or give a \"model\""
            throw ConfigurationError(path: object.place(of: "does"), message: message)
        }
        return Operation(
            does: does, tool: try object.required("tool", try object.string("tool"), expected: "the name of a tool"), arguments: arguments,
            weight: try object.int("weight", in: 1...100) ?? 1, result: try object.string("result"),
            refusals: object.has("refusals") ? try Refusal.all(object) : refusals)
    }

    /// Steps are made once a round and by no client in particular: only the round has a name there.
    private static func steps(_ plan: ConfigurationObject, _ name: String) throws(ConfigurationError) -> [Step] {
        var steps: [Step] = []
        for object in try plan.objects(name, allowing: ["tool", "arguments"]) ?? [] {
            steps.append(Step(
                tool: try object.required("tool", try object.string("tool"), expected: "the name of a tool"),
                arguments: try DrawnJSON(object["arguments"]?.value() ?? [:], at: object.place(of: "arguments"), names: ["round"])))
        }
        return steps
    }

    private static func accounts(_ plan: ConfigurationObject) throws(ConfigurationError) -> [Account] {
        guard let object = try plan.object("accounts", allowing: nil) else { return [] }
        var accounts: [Account] = []
        for name in object.names.sorted() {
            accounts.append(Account(
                name: try DrawnJSON(.string(name), at: object.path, names: ["round"]), balance: try object.int(name, in: 0...Int(Int32.max)) ?? 0))
        }
        return accounts
    }

    /// What no member says alone.
    private func check(_ plan: ConfigurationObject) throws(ConfigurationError) {
        guard !operations.isEmpty else { throw ConfigurationError(path: "operations", message: "is empty: give the calls that are made at once") }
        guard model != nil || invariant != nil else {
            throw ConfigurationError(path: "", message: "nothing says what must hold: give a \"model\", an \"invariant\", or both")
        }
        let belongs: [(member: String, models: [Model])] = [
            ("capacity", [.set]), ("elements", [.set]), ("accounts", [.bank]), ("maximumAmount", [.bank]), ("start", [.counter, .register]),
        ]
        for (member, models) in belongs where plan.has(member) && !models.contains(where: { $0 == model }) {
            let owners = models.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
            throw ConfigurationError(path: member, message: "belongs to the model \(owners), which is not the plan's: leave it out")
        }
        if model == .bank, accounts.count < 2 {
            throw ConfigurationError(path: "accounts", message: "has to name at least two accounts with what is in them")
        }
        for condition in invariant?.conditions ?? [] {
            for tool in condition.tools.sorted() where !operations.contains(where: { $0.tool == tool }) {
                let known = Set(operations.map(\.tool)).sorted()
                let nearest = NearestName.of(tool, among: known).map { "; did you mean \"\($0)\"?" } ?? "."
                let message = "counts the answers of \"\(tool)\", which no operation calls\(nearest) They call \(known.joined(separator: ", "))"
                throw ConfigurationError(path: "invariant.holds", message: message)
            }
        }
    }
}

extension RacePlan.Model {
    /// What can be done to it, and what the server has to be told for that.
    var operations: [(name: String, needs: [String])] {
        switch self {
        case .counter: [("add", []), ("read", [])]
        case .register: [("write", ["value"]), ("read", [])]
        case .set: [("add", ["element"]), ("remove", ["element"]), ("contains", ["element"]), ("count", [])]
        case .bank: [("transfer", ["from", "to", "amount"]), ("balance", ["account"])]
        case .uniqueID: [("generate", [])]
        }
    }

    /// What is drawn for its calls.
    var names: [String] { Array(Set(operations.flatMap(\.needs))).sorted() }
}
