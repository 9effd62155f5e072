import ArgumentParser
import Foundation
import InterlockClient
import InterlockDiagnostics
import InterlockJSON

/// `interlock race`: looks for interleaving bugs in a server from outside.
struct Race: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fire concurrent calls at a server and check that its answers fit some order of them.",
        usage: """
            interlock race [<options>] --plan <file> <url>
            interlock race [<options>] --plan <file> '<command …>'
            interlock race [<options>] --plan <file> -- <command> [<argument> …]
            """,
        discussion: """
            The plan says which tools are called and what must hold: a counter, a register, a set with a capacity, a bank, unique ids.
            A command is started anew for each round, and its calls share one connection; a server at a URL is asked by as many clients as
            the plan says, and keeps what it has between rounds: let names contain $round.
            Exit codes: 0 nothing was found, 1 usage, 2 a fault was found, 3 the server wants a credential, 4 it cannot be reached.
            """)

    @OptionGroup var options: TargetOptions
    @Option(help: ArgumentHelp("The plan: a JSON file.", valueName: "file")) var plan: String
    @Option(help: ArgumentHelp("Seed of everything that is drawn [by the clock].", valueName: "number")) var seed: UInt64?
    @Option(help: ArgumentHelp("First round [1].", valueName: "number")) var round = 1
    @Option(help: ArgumentHelp("Begin no round after this time [60s].", valueName: "time")) var time: String?
    @Argument(help: ArgumentHelp("URL or command, unless the command follows --.", valueName: "url")) var first: String?
    @Argument(parsing: .postTerminator, help: ArgumentHelp(visibility: .hidden)) var command: [String] = []

    func run() async throws {
        var words = [first].compactMap(\.self)[...]
        let target = try ServerTarget(takingFrom: &words, command: command)
        guard let contents = try? String(contentsOfFile: plan, encoding: .utf8) else { throw UsageError("--plan \(plan): there is no such file, or it is no text") }
        let race: RacePlan
        do { race = try RacePlan(parsing: contents) } catch { throw UsageError("--plan \(plan): \(error)") }
        guard let limit = Duration(setting: time ?? "60s"), limit > .zero else { throw UsageError("--time '\(time ?? "")': give a length of time such as 30s or 2m.") }
        let seed = seed ?? UInt64(Date().timeIntervalSince1970 * 1_000)
        let began = ContinuousClock.now
        let report: RaceRun.Report
        do {
            report = try await RaceRun(race, seed: seed).run(from: round, isOver: { ContinuousClock.now - began >= limit }) { count, body in
                try await target.withClients(count, options, body)
            }
        } catch let error as RaceError {
            throw UsageError(error.description)
        }
        print(options.json ? json(report, seed) : text(report, seed, target))
        if report.finding != nil { throw ExitCode(2) }
    }

    private func text(_ report: RaceRun.Report, _ seed: UInt64, _ target: ServerTarget) -> String {
        var counts = "\(report.calls) calls in \(report.rounds) rounds, seed \(seed)"
        if report.busy > 0 { counts += ", \(report.busy) answered busy and left out" }
        if report.undecided > 0 { counts += ", \(report.undecided) rounds undecided" }
        guard let finding = report.finding else { return "nothing found: \(counts)" }
        return """
            found in round \(finding.round): \(finding.explanation)
            \(counts)
            again: interlock race --plan \(plan) --seed \(seed) --round \(finding.round) '\(target)'
            """
    }

    private func json(_ report: RaceRun.Report, _ seed: UInt64) -> String {
        var members: JSONObject = [
            "found": .bool(report.finding != nil), "rounds": .number(JSONNumber(report.rounds)), "calls": .number(JSONNumber(report.calls)),
            "busy": .number(JSONNumber(report.busy)), "undecided": .number(JSONNumber(report.undecided)), "seed": .string("\(seed)"),
        ]
        if let finding = report.finding {
            members["round"] = .number(JSONNumber(finding.round))
            members["explanation"] = .string(finding.explanation)
        }
        return JSONValue.object(members).description
    }
}

extension ServerTarget {
    /// Opens so many clients, runs `body`, and closes them; a command is started once, and all share its one connection.
    fileprivate func withClients<Result: Sendable>(
        _ count: Int, _ options: TargetOptions, _ body: ([Client]) async throws -> Result
    ) async throws -> Result {
        if case .command = self {
            return try await withClient(options) { client in try await body(Array(repeating: client, count: count)) }
        }
        return try await open(count, options, [], body)
    }

    private func open<Result: Sendable>(
        _ count: Int, _ options: TargetOptions, _ clients: [Client], _ body: ([Client]) async throws -> Result
    ) async throws -> Result {
        if count == 0 { return try await body(clients) }
        return try await withClient(options) { client in try await open(count - 1, options, clients + [client], body) }
    }
}
