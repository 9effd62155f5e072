internal import InterlockConcurrency

/// The ladder by which a child process is ended: its input is closed, then its group is terminated, then killed.
///
/// Pure. The ladder is left as soon as the child has exited and nobody holds its pipes any more; as long as some
/// grandchild does, the signals go on to the rest of the group.
struct TeardownStateMachine: Sendable {
    /// What to do now.
    enum Action: Sendable, Hashable {
        case none
        /// Close the child's input and say when the time is up.
        case closeInput(until: MonotonicTime)
        /// Send `SIGTERM` to the group and say when the time is up.
        case terminate(until: MonotonicTime)
        /// Send `SIGKILL` to the group.
        case kill
        /// The child may be reaped; signal the group no more.
        case reap
    }

    private enum Step: Int, Comparable {
        case running, inputClosed, terminated, killed, reaped
        static func < (left: Step, right: Step) -> Bool { left.rawValue < right.rawValue }
    }

    private let exitGrace: Duration
    private let terminationGrace: Duration
    private var step = Step.running
    /// When the time is up that the last step gave.
    private var due = MonotonicTime.zero
    private var hasExited = false
    private var arePipesClosed = false

    init(exitGrace: Duration, terminationGrace: Duration) {
        self.exitGrace = exitGrace
        self.terminationGrace = terminationGrace
    }

    /// Somebody wants the child gone, or it cannot be talked to any more.
    mutating func begin(now: MonotonicTime) -> Action {
        guard step == .running else { return .none }
        step = .inputClosed
        due = now + exitGrace
        return .closeInput(until: due)
    }

    /// The time that a step gave is up: the last one's, or an earlier one's whose timer had begun to run when it was cancelled, which changes nothing.
    mutating func timeIsUp(now: MonotonicTime) -> Action {
        guard now >= due else { return .none }
        switch step {
        case .inputClosed: return terminate(now: now)
        case .terminated:
            step = .killed
            return .kill
        case .running, .killed, .reaped:
            return .none
        }
    }

    /// After ``Action/kill`` was done: a child that had exited before is reaped now.
    mutating func killed() -> Action {
        leaveIfDone()
    }

    /// The child itself has exited. Its group is asked to go too, if anybody of it is left with the pipes.
    mutating func exited(now: MonotonicTime) -> Action {
        hasExited = true
        let action = leaveIfDone()
        return action == .none && step < .terminated ? terminate(now: now) : action
    }

    private mutating func terminate(now: MonotonicTime) -> Action {
        step = .terminated
        due = now + terminationGrace
        return .terminate(until: due)
    }

    /// The child's standard output and standard error have ended.
    mutating func pipesClosed() -> Action {
        arePipesClosed = true
        return leaveIfDone()
    }

    private mutating func leaveIfDone() -> Action {
        guard hasExited, arePipesClosed || step == .killed, step != .reaped else { return .none }
        step = .reaped
        return .reap
    }
}
