@testable import InterlockServer
import InterlockSimulation
import Testing

@Suite("Which sessions may be brought back from a store")
struct SessionRestoresTests {
    @Test("the table: an attempt is good until it is over or its session ends; none begins while the record is being removed")
    func table() throws {
        var restores = SessionRestores()
        func begin(_ id: String) throws -> SessionRestores.Ticket {
            let ticket = restores.begin(id)
            return try #require(ticket)
        }
        let (first, second, other) = (try begin("a"), try begin("a"), try begin("b"))
        #expect(first != second && restores.isGood(first) && restores.isGood(second))
        restores.end(first)
        #expect(!restores.isGood(first) && restores.isGood(second))
        restores.ended("a") // elsewhere
        #expect(!restores.isGood(second) && restores.isGood(other))
        let third = try begin("a")
        restores.removalBegins("a")
        restores.removalBegins("a")
        #expect(!restores.isGood(third) && restores.begin("a") == nil)
        restores.removalIsOver("a")
        #expect(restores.begin("a") == nil)
        restores.removalIsOver("a")
        restores.removalIsOver("a") // once too often
        let fourth = try begin("a")
        for ticket in [second, third, fourth, other] { restores.end(ticket) }
        #expect(restores.isEmpty)
    }

    /// What a run leaves out.
    enum Guard: CaseIterable { case voidTickets, closedDoor }

    /// One session, three requests that bring it back and two that end it, in a random order. Whether it was there after it had ended.
    private func comesBack(seed: UInt64, without missing: Guard? = nil) -> Bool {
        enum Step { case begin, read, adopt, end, remove }
        struct Request {
            var steps: [Step]
            var ticket: SessionRestores.Ticket?
            var hasFound = false
        }
        var random = SeededRandom(seed: seed)
        var restores = SessionRestores()
        var (record, live, hasEnded, isBack) = (true, false, false, false)
        var requests = [Request](repeating: Request(steps: [.begin, .read, .adopt]), count: 3) + [Request](repeating: Request(steps: [.end, .remove]), count: 2)
        while let index = requests.indices.filter({ !requests[$0].steps.isEmpty }).randomElement(using: &random) {
            switch requests[index].steps.removeFirst() {
            case .begin:
                requests[index].ticket = restores.begin("s")
                if requests[index].ticket == nil, missing != .closedDoor { requests[index].steps = [] }
            case .read: requests[index].hasFound = record
            case .adopt:
                let isGood = requests[index].ticket.map { restores.isGood($0) || missing == .voidTickets } ?? (missing == .closedDoor)
                if isGood, requests[index].hasFound { live = true }
                if let ticket = requests[index].ticket { restores.end(ticket) }
            case .end:
                restores.removalBegins("s")
                (live, hasEnded) = (false, true)
            case .remove:
                record = false
                restores.removalIsOver("s")
            }
            isBack = isBack || hasEnded && live
        }
        #expect(restores.isEmpty)
        return isBack
    }

    @Test("in no order of 2,000 does a session come back that has ended")
    func orders() {
        for seed in 0..<2_000 { #expect(!comesBack(seed: UInt64(seed)), "seed \(seed)") }
    }

    @Test("control: without either guard some order brings it back", arguments: Guard.allCases)
    func control(missing: Guard) {
        #expect((0..<2_000).contains { comesBack(seed: UInt64($0), without: missing) })
    }
}
