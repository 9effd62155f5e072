import SwiftSyntax

/// What is known at one point of a function's flow.
struct FlowState {
    /// Where the function has suspended so far, in order.
    private(set) var suspensions: [AbsolutePosition] = []
    /// What local names were made of.
    var locals: [String: [Reading]] = [:]
    /// What the conditions around this point were made of.
    private(set) var guards: [Reading] = []

    mutating func suspend(at position: AbsolutePosition) {
        suspensions.append(position)
    }

    mutating func guarding(by readings: [Reading]) {
        guards += readings
    }

    /// Forgets names that were bound since `outer`, and lets those they hid be seen again.
    mutating func leaveScope(of names: [String], to outer: FlowState) {
        for name in names { locals[name] = outer.locals[name] }
    }

    /// Forgets the conditions that were met since `outer`.
    mutating func leaveGuards(to outer: FlowState) {
        let kept = Set(outer.guards)
        guards.removeAll { !kept.contains($0) }
    }

    /// What a write to a place relies on that may no longer hold.
    ///
    /// Nothing if the place was looked at again after the last suspension on the way to the write.
    func stale(for place: Place, madeOf values: [Reading]) -> Reading? {
        let conditions = guards.filter { $0.place.overlaps(place) }
        guard !conditions.contains(where: { $0.suspensions == suspensions.count }) else { return nil }
        let used = values.filter { $0.place.overlaps(place) && !$0.isReceiver } + conditions
        return used.filter { $0.suspensions < suspensions.count }.max { $0.suspensions < $1.suspensions }
    }

    /// Forgets what was read of a place before a write to it: the function has had its say since.
    mutating func forget(_ place: Place) {
        guards.removeAll { $0.place.overlaps(place) }
        for name in locals.keys { locals[name]?.removeAll { $0.place.overlaps(place) } }
    }

    /// The state after one of several ways here.
    static func merged(_ states: [FlowState]) -> FlowState? {
        guard var longest = states.max(by: { $0.suspensions.count < $1.suspensions.count }) else { return nil }
        for state in states {
            longest.guards.removeAll { !state.guards.contains($0) }
            for (name, readings) in longest.locals {
                guard let others = state.locals[name] else { continue }
                longest.locals[name] = readings.filter { others.contains($0) }
            }
        }
        return longest
    }
}
