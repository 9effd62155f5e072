/// How many calls of a tool may run at once where nobody knows it: where to begin, and within which bounds to find it.
struct ConcurrencyAdaptation: Sendable, Hashable {
    var initial = 20
    var minimum = 1
    var maximum = 200
    /// How many times as long as on average a call may take without the limit shrinking.
    var tolerance = 1.5

    /// Whether its numbers can be kept to.
    var isSensible: Bool { minimum > 0 && minimum <= initial && initial <= maximum && tolerance >= 1 }
}
