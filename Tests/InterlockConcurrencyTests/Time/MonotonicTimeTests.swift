import InterlockConcurrency
import Testing

@Suite("A monotonic time")
struct MonotonicTimeTests {
    @Test("adds and subtracts durations, and gives the duration between two")
    func arithmetic() {
        let start = MonotonicTime(nanoseconds: 1_000)
        #expect((start + .microseconds(2)).nanoseconds == 3_000)
        #expect((start - .microseconds(2)).nanoseconds == -1_000)
        #expect(start + .seconds(5) - start == .seconds(5))
        #expect(start < start + .nanoseconds(1))
        var moved = start
        moved += .nanoseconds(5)
        moved -= .nanoseconds(1)
        #expect(moved.nanoseconds == 1_004)
    }

    @Test(
        "saturates instead of overflowing",
        arguments: [
            (MonotonicTime.distantFuture, Duration.seconds(1), Int64.max),
            (.zero, .seconds(Int64.max), .max), (.zero, .seconds(Int64.min), .min),
            (.zero, .seconds(10_000_000_000), .max), (MonotonicTime(nanoseconds: .min), .seconds(-1), .min),
        ])
    func saturation(start: MonotonicTime, step: Duration, expected: Int64) {
        #expect((start + step).nanoseconds == expected)
    }

    @Test("saturates when the far ends are subtracted")
    func farEnds() {
        let past = MonotonicTime(nanoseconds: .min)
        #expect(MonotonicTime.distantFuture - past == .nanoseconds(Int64.max))
        #expect(past - MonotonicTime.distantFuture == .nanoseconds(Int64.min))
        #expect((MonotonicTime.zero - .seconds(Int64.min)) == .distantFuture)
    }
}
