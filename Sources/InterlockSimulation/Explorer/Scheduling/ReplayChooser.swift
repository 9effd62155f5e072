/// Makes the choices it was given, and the default where they end.
///
/// A choice is used up only where there is one, so a list stays meaningful when the code between two choices changes.
package struct ReplayChooser: ScheduleChooser {
    private let choices: [Int]
    private var next = 0
    /// Whether a choice named a candidate that was not there.
    package private(set) var hasDiverged = false

    package init(choices: [Int]) {
        self.choices = choices
    }

    package mutating func begin(schedule: Int) {
        next = 0
        hasDiverged = false
    }

    package mutating func choose(among candidates: Candidates) -> Int? {
        guard candidates.count > 1, next < choices.count else { return 0 }
        let choice = choices[next]
        next += 1
        guard choice < candidates.count else {
            hasDiverged = true
            return 0
        }
        return choice
    }
}
