import ArgumentParser
import InterlockClient
import InterlockConcurrency
import InterlockDiagnostics
import InterlockJSON
import InterlockProtocol

/// Which calls a load makes, and how many of them when.
struct BenchLoad: ParsableArguments {
    @Option(help: ArgumentHelp("Tool to call.", valueName: "name")) var tool: String?
    @Option(help: ArgumentHelp("Its arguments, with {{counter}}, {{random 1 10}}, {{uuid}}, {{choice a b}}.", valueName: "json"))
    var arguments: String?
    @Option(help: ArgumentHelp("Agents, mix of tools and phases: a JSON file.", valueName: "file")) var scenario: String?
    @Option(help: ArgumentHelp("Calls per second [50].", valueName: "number")) var rate: Double?
    @Flag(help: "Let arrivals follow each other independently instead of evenly.") var poisson = false
    @Option(name: [.customShort("c"), .long], help: ArgumentHelp("Closed loop: so many clients, each waits for its answer.", valueName: "number"))
    var clients: Int?
    @Option(name: [.short, .long], help: ArgumentHelp("How long calls are begun [10s].", valueName: "time")) var duration: String?
    @Option(help: ArgumentHelp("How long calls in flight may take once no more begin [30s].", valueName: "time")) var drain: String?
    @Option(
        help: ArgumentHelp(
            "The same load before it, whose figures count nowhere; 0s for none [a tenth of the duration and of -n, at most 1s].", valueName: "time"))
    var warmUp: String?
    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Calls at most, besides those of the warm-up.", valueName: "number")) var calls: Int?
    @Option(help: ArgumentHelp("Sessions, or children of a command [1; with -c as many as clients, for a URL].", valueName: "number"))
    var agents: Int?
    @Option(help: ArgumentHelp("Calls in flight at most [256].", valueName: "number")) var inFlight = 256
    @Option(help: ArgumentHelp("Seed of everything that is drawn [1].", valueName: "number")) var seed: UInt64?

    /// The scenario, where one is given; without one there must be a tool.
    var plan: Scenario? {
        get throws(UsageError) {
            guard let scenario else {
                guard tool != nil else { throw UsageError("What is to be called? Give --tool or --scenario.") }
                return nil
            }
            let text = try TextFile.read(scenario)
            do { return try Scenario(parsing: text) } catch { throw UsageError("--scenario \(scenario): \(error)") }
        }
    }

    /// How much is called, and the seed it is drawn with.
    func configuration(_ plan: Scenario?) throws(UsageError) -> (LoadConfiguration, UInt64) {
        let (length, limit) = (try time("--duration", duration ?? "10s"), try time("--drain", drain ?? "30s"))
        let pace = rate ?? 50
        guard pace > 0, pace <= 1_000_000 else { throw UsageError("--rate \(pace) is not more than 0 and at most 1000000 calls per second.") }
        guard (1...10_000).contains(clients ?? 1) else { throw UsageError("-c \(clients ?? 1) is not from 1 to 10000.") }
        guard (1...65_536).contains(inFlight) else { throw UsageError("--in-flight \(inFlight) is not from 1 to 65536.") }
        guard calls ?? 1 > 0 else { throw UsageError("-n \(calls ?? 1) is less than 1.") }
        let seed = seed ?? plan?.seed ?? 1
        let planned = plan?.phases ?? []
        try checkLoop(hasPhases: !planned.isEmpty, hasPauses: plan?.think != nil)
        let phases = planned.isEmpty ? [LoadPhase(rate: pace, duration: length)] : planned
        let loop: LoadConfiguration.Loop =
            if let clients { .closed(clients: clients, duration: length) } else { .open(phases, spacing: poisson ? .poisson : .constant) }
        let configuration = LoadConfiguration(
            loop, maximumCalls: calls ?? 10_000_000, maximumInFlight: max(inFlight, clients ?? 1), think: plan?.think ?? .zero...(.zero), drain: limit,
            seed: seed)
        return (configuration, seed)
    }

    /// The load before the load; `nil` where there is none.
    func warmUp(_ configuration: LoadConfiguration) throws(UsageError) -> LoadConfiguration? {
        guard let warmUp else { return configuration.warmUp() }
        guard let length = Duration(setting: warmUp), length <= .seconds(3_600) else {
            throw UsageError("--warm-up '\(warmUp)': give a length of time of at most an hour such as 2s, or 0s for none.")
        }
        return configuration.warmUp(length)
    }

    /// Refuses what would say the same thing twice, or to a loop that does not hear it: it would be dropped.
    private func checkLoop(hasPhases: Bool, hasPauses: Bool) throws(UsageError) {
        if clients != nil {
            if hasPhases { throw UsageError("-c makes a closed loop, which has no phases: leave out -c, or the phases of the scenario.") }
            if rate != nil || poisson { throw UsageError("-c makes a closed loop, whose rate is its answers': leave out -c, or --rate and --poisson.") }
        }
        if hasPauses, clients == nil {
            throw UsageError("the scenario's think is a pause between an agent's answer and its next call, which a closed loop alone has: give -c, or leave think out.")
        }
        if hasPhases, rate != nil || duration != nil {
            throw UsageError("the scenario's phases say how many calls come and for how long: leave out --rate and --duration, or the phases.")
        }
    }

    /// The tools with their arguments; those that are not given are made from the schema.
    func mix(_ plan: Scenario?, _ client: Client, seed: UInt64) async throws -> ToolMix {
        let entries = try plan?.calls ?? [Scenario.Call(tool: tool ?? "", arguments: template)]
        let tools = try await client.listTools()
        return ToolMix(
            try entries.map { entry in
                if let arguments = entry.arguments { return .init(tool: entry.tool, weight: entry.weight, arguments: arguments) }
                guard let tool = tools.first(where: { $0.name == entry.tool }) else {
                    throw UsageError(MissingTool.sentence(entry.tool, among: tools.map(\.name)))
                }
                do {
                    let arguments = try ArgumentTemplate(SchemaExample(tool.inputSchema), seed: seed)
                    return .init(tool: entry.tool, weight: entry.weight, arguments: arguments)
                } catch {
                    throw UsageError("\(entry.tool): \(error)")
                }
            })
    }

    private var template: ArgumentTemplate? {
        get throws(UsageError) {
            guard let arguments else { return nil }
            do { return try ArgumentTemplate(JSONValue(parsing: arguments)) } catch { throw UsageError("--arguments: \(error)") }
        }
    }

    private func time(_ option: String, _ text: String) throws(UsageError) -> Duration {
        guard let length = Duration(setting: text), length > .zero else {
            throw UsageError("\(option) '\(text)': give a length of time such as 30s or 2m.")
        }
        return length
    }
}
