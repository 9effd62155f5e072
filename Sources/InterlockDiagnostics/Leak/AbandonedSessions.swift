import InterlockConcurrency

/// What a server holds of sessions that are begun and left without an end, and whether it gives it back. Pure.
///
/// Memory that is freed need not go back to the system, so a fall is not waited for: after a rest, as many sessions are begun again. What was given back
/// serves them; what is still held is added to.
public struct AbandonedSessions: Sendable {
    /// What became of the first sessions' memory.
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// Less than could be seen.
        case nothing = "nothing is held"
        case givenBack = "given back"
        /// The later sessions took as much again.
        case held
        case notEnoughData = "not enough data"
    }

    /// The least growth of one round that is more than chance, in bytes.
    static let leastGrowth = 512.0 * 1024
    /// The least number of sessions in a round.
    static let leastSessions = 48.0

    /// Memory against sessions, before the rest and after it.
    public var first: GrowthSeries
    public var second: GrowthSeries
    /// How long the sessions were left alone between the two, in seconds.
    public var rested: Double
    /// Whether sessions are said to live no longer than that: only then is what is held a fault.
    public var isStated: Bool
    /// Sessions that were begun and left. What was refused is none of them.
    public var sessions: Int
    /// Why no more were begun; `nil` where nothing stood in the way. What is held cannot be told then.
    public var ended: String?

    public init(
        first: GrowthSeries = GrowthSeries(), second: GrowthSeries = GrowthSeries(), rested: Double = 0, isStated: Bool, sessions: Int = 0, ended: String? = nil
    ) {
        self.first = first
        self.second = second
        self.rested = rested
        self.isStated = isStated
        self.sessions = max(sessions, Int(max(first.points.last?.x ?? 0, second.points.last?.x ?? 0)))
        self.ended = ended
    }

    /// What each session of the first round took, in bytes; never negative.
    public var bytesPerSession: Double {
        let begin = Self.middle(first.points.prefix(3)), end = Self.middle(first.points.suffix(3))
        return end.x > begin.x ? max(0, end.y - begin.y) / (end.x - begin.x) : 0
    }

    /// How much of what the first sessions took each later one took anew: about 1 where all is held, about 0 where all was given back.
    public var keptShare: Double {
        // From the end of the first round: what fell in the rest counts as well.
        let before = Self.middle(first.points.suffix(3)), after = Self.middle(second.points.suffix(3))
        guard after.x > before.x, bytesPerSession > 0 else { return 0 }
        return max(0, after.y - before.y) / (bytesPerSession * (after.x - before.x))
    }

    public var verdict: Verdict {
        guard ended == nil else { return .notEnoughData }
        guard first.points.count >= 8, second.points.count >= 8, first.span >= Self.leastSessions, second.span >= first.span / 2 else { return .notEnoughData }
        if bytesPerSession * first.span < Self.leastGrowth { return .nothing }
        return keptShare > 0.5 ? .held : .givenBack
    }

    /// What became of them, in one sentence.
    public var sentence: String {
        let each = DoctorFinding.Figure.bytes(bytesPerSession), rest = "\(DoctorRules.whole(rested)) s"
        return switch verdict {
        case .nothing: "of \(sessions) sessions that nobody ends less is held than could be seen"
        case .givenBack: "\(each) for each session that nobody ends, given back within \(rest)"
        case .held: "\(each) for each session that nobody ends, and \(rest) later it had not been given back"
        case .notEnoughData: "what is held of sessions that nobody ends cannot be told: \(sessions) were begun, \(shortage)"
        }
    }

    /// Why it cannot be told, behind the number of sessions.
    var shortage: String { ended.map { "and then no more (\($0))" } ?? "too few to tell" }

    /// One reading for several, so that none that is off counts.
    private static func middle(_ points: ArraySlice<GrowthSeries.Point>) -> GrowthSeries.Point {
        .init(TheilSenSlope.median(points.map(\.x)), TheilSenSlope.median(points.map(\.y)))
    }
}
