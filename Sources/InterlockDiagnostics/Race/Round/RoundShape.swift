/// How the calls of a round stand to each other in time.
///
/// No shape finds everything: calls that are all made at once overlap most in a server that takes them from one connection, waves overlap in one that gives
/// every connection its turn, and streams are the ones that drift against each other. The rounds of a race take turns.
enum RoundShape: Sendable, CaseIterable {
    /// All calls of all clients at once.
    case burst
    /// The first call of every client at once, then the second of each, and so on.
    case waves
    /// Every client makes its calls one after the other, all beginning at once.
    case streams

    /// - Parameter model: what the answers are held against. The check tries the orders of all calls that overlap, so calls whose answers do not say where in
    ///   the order they belong, such as "registered", may overlap less than those that count, or that no model judges.
    init(round: Int, calls: Int, model: RacePlan.Model?) {
        let limit = switch model {
        case .counter, .uniqueID, nil: 64
        case .set, .bank, .register: 12
        }
        let shapes: [RoundShape] = calls <= limit ? [.burst, .waves, .streams] : [.waves, .streams]
        self = shapes[(round - 1) % shapes.count]
    }

    /// Phases one after the other; in each, lanes that begin at once; in each lane calls one after the other.
    func phases(_ calls: [[PlannedCall]]) -> [[[PlannedCall]]] {
        switch self {
        case .burst: [calls.flatMap { $0.map { [$0] } }]
        case .waves: (0..<(calls.map(\.count).max() ?? 0)).map { wave in calls.compactMap { $0.count > wave ? [$0[wave]] : nil } }
        case .streams: [calls]
        }
    }
}
