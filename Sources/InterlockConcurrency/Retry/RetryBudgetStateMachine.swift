/// How many retries calls have paid for lately: deposits and withdrawals in ten slices of a sliding window.
package struct RetryBudgetStateMachine: Sendable {
    private struct Slice {
        var deposits = 0
        var withdrawals = 0
    }

    private static let sliceCount: Int64 = 10

    private let sliceNanoseconds: Int64
    private let share: Double
    /// Retries the window allows without any call.
    private let reserve: Double
    private var slices: RingBuffer<Slice>
    private var runningSlice: Int64 = 0
    private var deposits = 0
    private var withdrawals = 0
    package private(set) var granted = 0
    package private(set) var refused = 0

    package init(share: Double, minimumPerSecond: Double, window: Duration) {
        let nanoseconds = max(Self.sliceCount, window.wholeNanoseconds)
        sliceNanoseconds = nanoseconds / Self.sliceCount
        self.share = max(0, share)
        reserve = max(0, minimumPerSecond) * Double(nanoseconds) / 1e9
        slices = RingBuffer(capacity: Int(Self.sliceCount))
    }

    /// A first attempt is made.
    package mutating func deposit(now: MonotonicTime) {
        change(now: now) { $0.deposits += 1 }
        deposits += 1
    }

    /// A retry wants to be made; whether it may.
    package mutating func withdraw(now: MonotonicTime) -> Bool {
        guard balance(now: now) >= 1 else {
            refused += 1
            return false
        }
        change(now: now) { $0.withdrawals += 1 }
        withdrawals += 1
        granted += 1
        return true
    }

    /// Retries that could be made now.
    package mutating func balance(now: MonotonicTime) -> Double {
        moveOn(to: now)
        // A tenth of ten calls is one retry, also where doubles say 0.9999999999999999.
        return (Double(deposits) * share + reserve - Double(withdrawals) + 1e-9)
    }

    private mutating func change(now: MonotonicTime, _ change: (inout Slice) -> Void) {
        moveOn(to: now)
        var running = slices.popLast() ?? Slice()
        change(&running)
        slices.append(running)
    }

    private mutating func moveOn(to now: MonotonicTime) {
        let current = now.nanoseconds / sliceNanoseconds
        if slices.isEmpty {
            slices.append(Slice())
        } else {
            for _ in 0..<max(0, min(Self.sliceCount, current - runningSlice)) {
                guard let old = slices.append(Slice()) else { continue }
                deposits -= old.deposits
                withdrawals -= old.withdrawals
            }
        }
        runningSlice = max(runningSlice, current)
    }
}
