import InterlockConcurrency
import Testing

@Suite("The pace of a queue")
struct QueuePaceTests {
    @Test("follows what is slow now, however long it was fast, and forgets one slow call as soon")
    func recent() throws {
        var pace = QueuePace()
        var now = MonotonicTime.zero
        pace.start(now: now)
        #expect(pace.timeToDrain(1, now: now) == nil)
        for _ in 0..<20_000 {
            now += .milliseconds(1)
            pace.countGrant(now: now)
        }
        #expect(try #require(pace.timeToDrain(10, now: now)) == .milliseconds(10))
        let during = try #require(pace.timeToDrain(1, now: now + .seconds(32)))
        #expect(during > .seconds(1), "a call that takes long is noticed before it ends")
        now += .seconds(60)
        pace.countGrant(now: now)
        let after = try #require(pace.timeToDrain(1, now: now))
        #expect(after > .seconds(3) && after < .seconds(60))
        for _ in 0..<200 {
            now += .milliseconds(1)
            pace.countGrant(now: now)
        }
        #expect(try #require(pace.timeToDrain(1, now: now)) < .milliseconds(2))
    }

    @Test("does not count the time in which nobody waited, and answers no more than a year")
    func emptiness() throws {
        var pace = QueuePace()
        pace.start(now: .zero)
        pace.countGrant(now: .zero + .seconds(1))
        pace.start(now: .zero + .seconds(10_000))
        pace.countGrant(now: .zero + .seconds(10_001))
        #expect(pace.timeToDrain(3, now: .zero + .seconds(10_001)) == .seconds(3))
        #expect(try #require(pace.timeToDrain(.max, now: .distantFuture)) == .seconds(365 * 86_400))
    }
}
