/// Decides what runs next, schedule after schedule. Pure: everything it does follows from its seed and what it is shown.
package protocol ScheduleChooser: Sendable {
    /// A schedule begins. `schedule` counts from 0.
    mutating func begin(schedule: Int)

    /// The position of the candidate to run; `nil` gives the schedule up as one that shows nothing new.
    ///
    /// Asked at every step at which there is something to run, also when there is only one candidate.
    mutating func choose(among candidates: Candidates) -> Int?

    /// The step that was chosen last has run and touched this.
    mutating func observe(_ footprint: Footprint)

    /// The schedule has ended.
    ///
    /// - Returns: whether there is another one to try.
    mutating func end() -> Bool

    /// Whether a schedule was shown other candidates than the same choices led to before.
    var hasDiverged: Bool { get }
}

extension ScheduleChooser {
    package mutating func observe(_ footprint: Footprint) {}
    package mutating func end() -> Bool { true }
    package var hasDiverged: Bool { false }
}
