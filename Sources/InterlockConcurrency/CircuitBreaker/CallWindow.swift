/// The outcomes of recent calls, with their sums at hand.
struct CallWindow: Sendable {
    /// Calls added up.
    struct Tally: Sendable, Hashable {
        var calls = 0
        var failures = 0
        var slow = 0

        static func += (sum: inout Tally, part: Tally) {
            sum.calls += part.calls
            sum.failures += part.failures
            sum.slow += part.slow
        }

        static func -= (sum: inout Tally, part: Tally) {
            sum.calls -= part.calls
            sum.failures -= part.failures
            sum.slow -= part.slow
        }
    }

    private static let slices: Int64 = 10

    private var total = Tally()
    /// By count: one slice for each call. By time: one for each tenth of the window, the running one last.
    private var parts: RingBuffer<Tally>
    /// By time: nanoseconds of a slice.
    private let slice: Int64?
    private var runningSlice: Int64 = 0

    init(_ window: CircuitBreakerConfiguration.Window) {
        switch window {
        case .calls(let count):
            parts = RingBuffer(capacity: count)
            slice = nil
        case .time(let length):
            parts = RingBuffer(capacity: Int(Self.slices))
            slice = max(1, length.wholeNanoseconds / Self.slices)
        }
    }

    mutating func record(isFailure: Bool, isSlow: Bool, now: MonotonicTime) {
        let call = Tally(calls: 1, failures: isFailure ? 1 : 0, slow: isSlow ? 1 : 0)
        total += call
        guard slice != nil else {
            if let old = parts.append(call) { total -= old }
            return
        }
        moveOn(to: now)
        var running = parts.popLast() ?? Tally()
        running += call
        parts.append(running)
    }

    /// The sums over the window as it is now.
    mutating func tally(now: MonotonicTime) -> Tally {
        moveOn(to: now)
        return total
    }

    mutating func clear() {
        parts.removeAll()
        total = Tally()
    }

    private mutating func moveOn(to now: MonotonicTime) {
        guard let slice else { return }
        let current = now.nanoseconds / slice
        defer { runningSlice = max(runningSlice, current) }
        if parts.isEmpty {
            parts.append(Tally())
            return
        }
        for _ in 0..<max(0, min(Self.slices, current - runningSlice)) {
            if let old = parts.append(Tally()) { total -= old }
        }
    }
}
