/// One step of a schedule: a task ran from one point where it could be interrupted to the next.
public struct ExplorationStep: Sendable, Hashable, CustomStringConvertible {
    /// What ran.
    public enum Kind: String, Sendable, Hashable {
        /// A task ran for the first time.
        case start
        /// A task went on: after a yield, a suspension, or a hop back from an actor.
        case resume
        /// An actor worked off its queue. It counts for the task that made it ready, which may have been another than it ran.
        case actor
        /// A task, or what the main actor does for one, ran on the main actor.
        case main
        /// A timer of the virtual clock fired.
        case timer
        /// Nothing ran: time passed while tasks were ready.
        case time
    }

    /// Its number in the schedule, from 1.
    public var number: Int
    /// The task, numbered in the order in which tasks appeared; 0 is the body itself.
    public var task: Int
    /// What ran.
    public var kind: Kind
    /// How many candidates there were; a step with one was no choice.
    public var candidates: Int
    /// Virtual time since the schedule began.
    public var time: Duration
    /// Where the task went on: file and line, or a function. `nil` where the toolchain or the build does not tell.
    public var location: String?
    /// What ``ExplorationContext/note(_:fileID:line:)`` said during the step.
    public var notes: [String]

    public var description: String {
        let choice = candidates > 1 ? " of \(candidates)" : ""
        let moment = time == .zero ? "" : " at \(time)"
        let place = location.map { "  \($0)" } ?? ""
        let head = "\(number). task \(task) \(kind.rawValue)\(choice)\(moment)\(place)"
        return ([head] + notes.map { "      \($0)" }).joined(separator: "\n")
    }
}
