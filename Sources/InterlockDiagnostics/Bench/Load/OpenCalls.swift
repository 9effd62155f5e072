/// The calls in flight, each in a slot of its own, so that those that never end are counted too. As large as the load was ever wide.
struct OpenCalls: Sendable {
    private var slots: [LoadStateMachine.Start?] = []
    private var free: [Int] = []

    /// Makes a number of empty slots; a closed loop has one for each client.
    init(_ count: Int = 0) { slots = Array(repeating: nil, count: count) }

    /// Puts a call into a free slot and returns that.
    mutating func add(_ start: LoadStateMachine.Start) -> Int {
        if let slot = free.popLast() {
            slots[slot] = start
            return slot
        }
        slots.append(start)
        return slots.count - 1
    }

    /// What is in flight in a slot that its owner keeps.
    subscript(slot: Int) -> LoadStateMachine.Start? {
        get { slots[slot] }
        set { slots[slot] = newValue }
    }

    /// Gives a slot back.
    mutating func remove(_ slot: Int) {
        slots[slot] = nil
        free.append(slot)
    }

    /// Everything that is in flight.
    var all: [LoadStateMachine.Start] { slots.compactMap(\.self) }
}
