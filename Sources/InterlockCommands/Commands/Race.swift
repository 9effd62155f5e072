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
            The plan says which tools are called and what must hold: a model (a counter, a register, a set with a capacity, a bank, unique ids), an
            invariant of what is left when all calls are answered, or both.
            A command is started anew for each round, and its calls share one connection; a server at a URL is asked by as many clients as the plan
            says, and keeps what it has: let the plan reset it, or let names contain $round, which is new in every round and every run.
            A server that hangs or ends under the calls is a fault that is found; --timeout says when a call hangs.
            Exit codes: 0 nothing was found, 1 usage, 2 a fault was found, 3 the server wants a credential, 4 it cannot be reached,
            6 nothing was checked: no call was answered by a result or one of the plan's refusals, or no round could be decided.
            """)

    @OptionGroup var options: TargetOptions
    @Option(help: ArgumentHelp("The plan: a JSON file.", valueName: "file")) var plan: String
    @Option(help: ArgumentHelp("Seed of everything that is drawn [by the clock].", valueName: "number")) var seed: UInt64?
    @Option(help: ArgumentHelp("First round [1].", valueName: "number")) var round = 1
    @Option(help: ArgumentHelp("Begin no round after this time [60s].", valueName: "time")) var time: String?
    @Flag(help: "The server at the URL has just been started: run one round of a plan that cannot begin anew.") var fresh = false
    @Argument(help: ArgumentHelp("URL or command, unless the command follows --.", valueName: "url")) var first: String?
    @Argument(parsing: .postTerminator, help: ArgumentHelp(visibility: .hidden)) var command: [String] = []

    func run() async throws {
        var words = [first].compactMap(\.self)[...]
        let target = try ServerTarget(takingFrom: &words, command: command)
        let contents = try TextFile.read(plan, source: "--plan")
        let race: RacePlan
        do { race = try RacePlan(parsing: contents) } catch { throw UsageError("--plan \(plan): \(error)") }
        guard let limit = Duration(setting: time ?? "60s"), limit > .zero else {
            throw UsageError("--time '\(time ?? "")': give a length of time such as 30s or 2m.")
        }
        guard (1...1_000_000).contains(round) else { throw UsageError("--round \(round): give the number of a round, from 1.") }
        let instant = UInt64(Date().timeIntervalSince1970 * 1_000)
        let seed = seed ?? instant
        let life: RaceRun.ServerLife = target.isURL ? (fresh ? .keptAndFresh : .kept) : .ownPerRound
        let run: RaceRun
        do {
            run = try RaceRun(race, seed: seed, server: life, scope: String(instant, radix: 36), options: try options.requestOptions)
        } catch let error as RaceError {
            throw UsageError("--plan \(plan): \(error) by --fresh.")
        }
        let report: RaceRun.Report
        do {
            let began = ContinuousClock.now
            report = try await run.run(from: round, isOver: { ContinuousClock.now - began >= limit }) { count, body in
                try await target.withClients(count, options, body)
            }
        } catch let error as RaceError {
            throw UsageError("--plan \(plan): \(error)")
        }
        // Calls that were cut off are no answers of the server's.
        try Task.checkCancellation()
        print(options.json ? TerminalText.json(json(report, seed)) : TerminalText.block(text(report, seed, target)))
        if report.finding != nil { throw ExitCode(2) }
        if report.checkedNothing { throw ExitCode(CommandStatus.nothingChecked.rawValue) }
    }

    private func text(_ report: RaceRun.Report, _ seed: UInt64, _ target: ServerTarget) -> String {
        let counts = report.counts
        var facts = ["\(counts.calls) calls in \(report.rounds) \(report.rounds == 1 ? "round" : "rounds")", "seed \(seed)"]
        if counts.refused > 0 { facts.append("\(counts.refused) refused") }
        if counts.busy > 0 { facts.append("\(counts.busy) answered busy and left out") }
        if counts.failed > 0 { facts.append("\(counts.failed) failed and perhaps done (the first: \(counts.firstFailure ?? ""))") }
        if counts.unanswered > 0 { facts.append("\(counts.unanswered) unanswered and perhaps done") }
        if counts.unreadable > 0 {
            facts.append(
                "\(counts.unreadable) without the value the plan looks for (the first: \"\(counts.firstUnreadable?.prefix(100) ?? "")\"; see \"result\" in the plan)")
        }
        if report.undecided > 0 { facts.append("undecided rounds: \(report.undecided)") }
        if let only = report.onlyRound { facts.append("one round only: \(only)") }
        let line = facts.joined(separator: ", ")
        guard let finding = report.finding else {
            if !report.checkedNothing { return "nothing found: \(line)" }
            if counts.answered == 0 { return "0 answered, nothing checked: \(line)" }
            return report.isUnreadable ? "no value told, nothing checked: \(line)" : "nothing decided: \(line)"
        }
        return """
            found in round \(finding.round): \(finding.explanation)
            \(line)
            again: interlock race --plan \(plan) --seed \(seed) --round \(finding.round)\(repeatedOptions) '\(target)'
            """
    }

    /// The options that a finding may depend on.
    private var repeatedOptions: String { (options.timeout.map { " --timeout \($0)" } ?? "") + (fresh ? " --fresh" : "") }

    private func json(_ report: RaceRun.Report, _ seed: UInt64) -> String {
        let counts = report.counts
        var members: JSONObject = ["found": .bool(report.finding != nil), "seed": .string("\(seed)")]
        for (name, number) in [
            ("rounds", report.rounds), ("calls", counts.calls), ("answered", counts.answered), ("refused", counts.refused), ("busy", counts.busy),
            ("failed", counts.failed), ("unanswered", counts.unanswered), ("unreadable", counts.unreadable), ("undecided", report.undecided),
        ] {
            members[name] = .number(JSONNumber(number))
        }
        if let finding = report.finding {
            members["kind"] = .string(finding.kind.rawValue)
            members["round"] = .number(JSONNumber(finding.round))
            members["explanation"] = .string(finding.explanation)
        }
        if let only = report.onlyRound { members["onlyRound"] = .string(only) }
        if let failure = counts.firstFailure { members["firstFailure"] = .string(failure) }
        return JSONValue.object(members).description
    }
}

extension ServerTarget {
    fileprivate var isURL: Bool { if case .url = self { true } else { false } }

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
