import InterlockConcurrency
import InterlockSimulation
import InterlockStorage
import Testing

@Suite("Since when and why a store is degraded")
struct StoreStandingTests {
    private func time(_ seconds: Int) -> MonotonicTime { .zero + .seconds(seconds) }

    @Test("without a connection: since the first failure, for the reason of the last, until there is one again")
    func connections() {
        var standing = StoreStanding()
        #expect(standing.outage(now: time(0)) == nil)
        standing.disconnected(.unreachable, wall: 100)
        standing.disconnected(.refused, wall: 200)
        #expect(standing.outage(now: time(9_999)) == StoreOutage(.refused, since: 100))
        standing.disconnected(.auth, wall: 300)
        #expect(standing.outage(now: time(0)) == StoreOutage(.auth, since: 100))
        standing.connected()
        #expect(standing.outage(now: time(0)) == nil)
    }

    @Test("calls that go unanswered are an outage when the breaker says so, and name its reason")
    func breaker() {
        var standing = StoreStanding()
        standing.wentUnanswered(.timeout)
        #expect(standing.outage(now: time(0)) == nil)
        standing.keptAway(isProbing: false, wall: 100)
        standing.keptAway(isProbing: false, wall: 200)
        #expect(standing.outage(now: time(0)) == StoreOutage(.timeout, since: 100))
        standing.keptAway(isProbing: true, wall: 300)
        #expect(standing.outage(now: time(0)) == StoreOutage(.breakerOpen, since: 100))
        standing.letThrough()
        #expect(standing.outage(now: time(0)) == nil && !standing.isKeptAway)
        standing.answered()
        standing.keptAway(isProbing: false, wall: 400)
        #expect(standing.outage(now: time(0)) == StoreOutage(.breakerOpen, since: 400)) // nothing is known of why
    }

    @Test(
        "an answer ends what concerns all of the store; what concerns a part ends when it was not heard of for a while",
        arguments: StoreOutage.Reason.allCases)
    func refusals(reason: StoreOutage.Reason) {
        var standing = StoreStanding()
        standing.refused(reason, now: time(0), wall: 100)
        standing.refused(reason, now: time(9), wall: 9_100)
        #expect(standing.outage(now: time(18)) == StoreOutage(reason, since: 100))
        standing.answered()
        let isWhole = [.timeout, .refused, .unreachable, .breakerOpen, .loading].contains(reason)
        #expect((standing.outage(now: time(18)) == nil) == isWhole)
        #expect(standing.outage(now: time(19)) == nil)
        standing.refused(reason, now: time(20), wall: 20_100)
        #expect(standing.outage(now: time(20)) == StoreOutage(reason, since: 20_100)) // a new one, not the old
        standing.answered(showsAll: true)
        #expect(standing.outage(now: time(20)) == nil)
    }

    @Test("of several the longest tells since when, and the connection before the rest tells why")
    func several() {
        var standing = StoreStanding()
        standing.keptAway(isProbing: false, wall: 100)
        standing.refused(.loading, now: time(0), wall: 200)
        #expect(standing.outage(now: time(0)) == StoreOutage(.loading, since: 100))
        standing.disconnected(.refused, wall: 300)
        #expect(standing.outage(now: time(0)) == StoreOutage(.refused, since: 100))
    }

    @Test("in any order: no outage where nothing is wrong, one where something is, and never younger than what began it", arguments: 0..<50)
    func randomOrder(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var standing = StoreStanding()
        var (isCut, isKeptAway, refusedUntil, began) = (false, false, -1, Int64?.none)
        for second in 0..<400 {
            let (now, wall) = (time(second), Int64(second) * 1_000)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: standing.disconnected(.refused, wall: wall); isCut = true
            case 1, 2: standing.connected(); isCut = false
            case 3: standing.keptAway(isProbing: Bool.random(using: &random), wall: wall); isKeptAway = true
            case 4: standing.letThrough(); isKeptAway = false
            case 5: standing.refused(.full, now: now, wall: wall); refusedUntil = second + 10
            case 6: standing.answered()
            default: standing.wentUnanswered(.timeout)
            }
            let isWrong = isCut || isKeptAway || second < refusedUntil
            let outage = standing.outage(now: now)
            #expect((outage != nil) == isWrong, "at \(second)")
            began = isWrong ? began ?? wall : nil
            if let outage, let began { #expect(outage.since >= began && outage.since <= wall, "at \(second)") }
        }
    }
}
