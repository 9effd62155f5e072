/// What can run next, as a chooser sees it: one position for each thing that is ready, the default at position 0.
///
/// Position 0 is the task that ran last when it is ready again, otherwise the one that has been ready longest. So a
/// schedule of nothing but zeros is the one with the fewest switches, and what differs from it is what matters.
package struct Candidates: Sendable, Equatable {
    /// The number of the task that would run, by position.
    package var tasks: [Int] = []
    /// The arrival number of what would run, by position: what tells two candidates of one task apart.
    package var serials: [Int] = []
    /// Whether position 0 goes on with the task that ran last, so that any other choice interrupts it.
    package var continuesLast = false
    /// Whether the task that ran last has run so long that the default is somebody else.
    package var isLastExhausted = false

    package init() {}

    package var count: Int { tasks.count }

    /// What choosing `position` costs under a preemption bound: 1 when it interrupts a task that could go on.
    package func preemptionCost(of position: Int) -> Int {
        continuesLast && position != 0 ? 1 : 0
    }
}
