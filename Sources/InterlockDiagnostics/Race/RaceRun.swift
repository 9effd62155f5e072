public import InterlockClient
import InterlockJSON
import InterlockProtocol

/// Fires randomised concurrent calls at a server, from several clients, and checks their answers against a sequential model, an invariant, or both.
///
/// Knows nothing of the server but its tools: any MCP server, in any language. A finding is proof that the answers fit no order of the calls, that the
/// invariant was broken, or that the server hung or ended under them; finding nothing is not proof of the contrary.
public struct RaceRun: Sendable {
    /// How long a server lives beside the rounds.
    public enum ServerLife: Sendable, Hashable {
        /// Each round has a server of its own.
        case ownPerRound
        /// One server for all rounds, with whatever others left in it.
        case kept
        /// One server for all rounds, which has just been started.
        case keptAndFresh
    }

    /// What one round found.
    public struct Finding: Sendable, CustomStringConvertible {
        /// What kind of fault it is.
        public enum Kind: String, Sendable {
            /// No order of the calls explains the answers.
            case model
            /// What must hold when all calls are answered does not.
            case invariant
            /// Calls were not answered in time.
            case unanswered
            /// The server ended under the calls.
            case ended
        }

        public let kind: Kind
        public let round: Int
        public let seed: UInt64
        /// What the server promised, and the smallest part of the answers that breaks it, in words.
        public let explanation: String

        public var description: String { "round \(round), seed \(seed)\n\(explanation)" }
    }

    /// How a race ended.
    public struct Report: Sendable {
        public internal(set) var rounds = 0
        /// How all calls were answered.
        public internal(set) var counts = AnswerCounts()
        public internal(set) var finding: Finding?
        /// Rounds whose check reached its bound.
        public internal(set) var undecided = 0
        /// Why there was one round only, in words; `nil` if there were as many as planned.
        public internal(set) var onlyRound: String?

        /// Whether finding nothing says nothing: no call was answered, no answer had its value where the plan looks for it, or no round could be decided.
        public var checkedNothing: Bool { finding == nil && (counts.answered == 0 || isUnreadable || undecided == rounds) }
        /// Whether values should have been told, and not one was.
        public var isUnreadable: Bool { counts.unreadable > 0 && counts.told == 0 }
    }

    private let plan: RacePlan
    private let seed: UInt64
    private let server: ServerLife
    private let scope: String
    private let options: RequestOptions

    /// - Parameters:
    ///   - seed: what everything drawn follows from, but for `scope`.
    ///   - server: whether rounds meet what earlier ones, and others, have left.
    ///   - scope: what keeps this race apart from others on the same server: a part of what `$round` stands for. Letters and digits, different in every run.
    ///   - options: of every call; its timeout is when a call counts as unanswered.
    /// - Throws: ``RaceError`` when a right server would be accused: the server is kept, and the plan has no way to begin anew.
    public init(
        _ plan: RacePlan, seed: UInt64, server: ServerLife = .ownPerRound, scope: String = "", options: RequestOptions = RequestOptions()
    ) throws(RaceError) {
        if server == .kept, let kept = plan.keptState {
            throw RaceError(
                """
                this server keeps its state from round to round and from run to run, and the plan has no way to begin anew (\(kept)). Give the plan a "reset" \
                call, or put $round into the arguments; for one round on a server that has just been started, say so
                """)
        }
        self.plan = plan
        self.seed = seed
        self.server = server
        self.scope = server == .ownPerRound ? "" : scope
        self.options = options
    }

    /// Runs rounds until one finds something, all are done, or `isOver` says so between two.
    ///
    /// - Parameters:
    ///   - first: the round to begin with, at least 1, to see a finding again.
    ///   - withClients: opens so many clients of the server for one round, and closes them; a server of its own where it can be started.
    public func run(
        from first: Int = 1, isOver: () -> Bool = { false },
        withClients: (_ count: Int, _ body: ([Client]) async throws -> RoundResult) async throws -> RoundResult
    ) async throws -> Report {
        var report = Report()
        var count = plan.rounds
        if server == .keptAndFresh, let kept = plan.keptState {
            report.onlyRound = kept
            count = 1
        }
        for round in first..<(first + count) {
            if report.rounds > 0, isOver() { break }
            let scope = RaceScope(run: scope, round: round)
            let race = RaceRound(plan: plan, scope: scope, calls: plan.draw(scope, seed: seed), options: options)
            let result: RoundResult
            do {
                result = try await withClients(plan.clients) { try await race.play(on: $0) }
            } catch let error as ClientError where report.rounds > 0 && server != .ownPerRound && Self.isGone(error) {
                let text = "the server answered no more after round \(round - 1): \(error.message)"
                report.finding = Finding(kind: .ended, round: round - 1, seed: seed, explanation: text)
                return report
            }
            report.rounds += 1
            report.counts += result.counts
            if result.isUndecided { report.undecided += 1 }
            guard let kind = result.faults.first?.kind else { continue }
            report.finding = Finding(kind: kind, round: round, seed: seed, explanation: result.faults.map(\.text).joined(separator: "\n\n"))
            break
        }
        return report
    }

    /// What one round brought.
    public struct RoundResult: Sendable {
        let counts: AnswerCounts
        var faults: [(kind: Finding.Kind, text: String)] = []
        var isUndecided = false

        init(counts: AnswerCounts) {
            self.counts = counts
        }
    }

    private static func isGone(_ error: ClientError) -> Bool { [.closed, .unreachable, .timedOut, .transport].contains(error.code) }
}
