/// What an exploration found wrong with a schedule.
public struct ExplorationFinding: Sendable, Hashable, CustomStringConvertible {
    /// The kind of finding, to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String {
            case expectation = "broken expectation"
            case deadlock = "deadlock"
            case liveLock = "live-lock"
            case uncontrolled = "uncontrolled nondeterminism"
        }

        private let reason: Reason

        /// The body threw, or the invariant did not hold.
        public static let expectation = Code(reason: .expectation)
        /// Nothing can run, no timer is set, and the body has not ended: a circle of waiters, or a wake-up that got lost.
        public static let deadlock = Code(reason: .deadlock)
        /// The schedule went beyond its bound of steps.
        public static let liveLock = Code(reason: .liveLock)
        /// Something outside the explorer's control took part, so nothing else it says about the body counts.
        public static let uncontrolled = Code(reason: .uncontrolled)

        public var description: String { reason.rawValue }
    }

    /// The kind of finding, to branch on.
    public let code: Code
    /// What happened, in words.
    public let message: String

    public var description: String { "\(code): \(message)" }

    static func expectation(_ error: any Error) -> ExplorationFinding {
        ExplorationFinding(code: .expectation, message: "\(error)")
    }

    static func deadlock(bodyWaitsAt place: String?) -> ExplorationFinding {
        let position = place.map { "; the body waits at \($0)" } ?? ""
        return ExplorationFinding(
            code: .deadlock,
            message: """
                nothing can run, no timer is set, and the body has not ended: a wake-up was lost, tasks wait for each other, or something that is \
                not under control (a thread, a dispatch queue, an event loop) takes longer than the exploration's outsidePatience\(position)
                """)
    }

    static func liveLock(_ steps: Int) -> ExplorationFinding {
        ExplorationFinding(
            code: .liveLock,
            message: "the body has not ended after \(steps) steps; it goes in circles, or needs a larger maximumSteps")
    }

    static func uncontrolled(_ reason: String) -> ExplorationFinding {
        ExplorationFinding(code: .uncontrolled, message: reason)
    }
}
