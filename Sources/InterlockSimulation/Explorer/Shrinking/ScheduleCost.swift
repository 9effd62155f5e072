/// How long and how twisted a failing schedule is: operations first, then steps, then choices that are not the default.
package struct ScheduleCost: Sendable, Equatable, Comparable {
    package var operations: Int
    package var steps: Int
    package var switches: Int
    package var sum: Int

    package init(operations: Int = 0, steps: Int, choices: [Int]) {
        self.operations = operations
        self.steps = steps
        switches = choices.count { $0 != 0 }
        sum = choices.reduce(0, +)
    }

    package static func < (left: ScheduleCost, right: ScheduleCost) -> Bool {
        (left.operations, left.steps, left.switches, left.sum) < (right.operations, right.steps, right.switches, right.sum)
    }
}
