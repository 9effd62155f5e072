import InterlockConcurrency
import InterlockSimulation
@testable import InterlockStorage
import Testing

@Suite("Tables of the stores in memory, in random order")
struct TableInvariantTests {
    @Test("state: what is loaded is what a plain dictionary says, and the bounds hold", arguments: 0..<30 as Range<UInt64>)
    func state(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var table = StateTable(maximumEntries: 6, maximumBytes: 900)
        var model: [String: (value: [UInt8], until: Int64)] = [:]
        var (now, versions) = (Int64(0), Set<UInt64>())
        for _ in 0..<400 {
            now += Int64.random(in: 0..<5, using: &random)
            model = model.filter { $0.value.until > now }
            let time = MonotonicTime(nanoseconds: now)
            let key = "k\(Int.random(in: 0..<10, using: &random))"
            let value = Bool.random(using: &random) ? [UInt8](repeating: 1, count: Int.random(in: 0..<60, using: &random)) : nil
            let life: Int64? = Bool.random(using: &random) ? Int64.random(in: 1..<40, using: &random) : nil
            let expectsAbsence = Int.random(in: 0..<3, using: &random) == 0
            do {
                let isMade = try table.commit([StateChange(key, expecting: expectsAbsence ? .absent : .anything, value: value, expiresAfter: life.map { .nanoseconds($0) })], now: time)
                #expect(isMade == (!expectsAbsence || model[key] == nil), "seed \(seed)")
                if isMade { model[key] = value.map { ($0, life.map { now + $0 } ?? .max) } }
                if isMade, value != nil { #expect(versions.insert(try #require(table.load([key], now: time)[0]).version).inserted) }
            } catch {
                let isFull = (error as? StoreError)?.code == .full
                #expect(isFull)
            }
            #expect(table.count <= 6 && table.bytes <= 900 && table.storedExpiries <= 2 * 6 + 65)
            for number in 0..<10 { #expect(table.load(["k\(number)"], now: time)[0]?.value == model["k\(number)"]?.value, "seed \(seed)") }
        }
    }

    @Test("leases: never more than the limit, fences rise, and a lapsed lease does nothing", arguments: 0..<30 as Range<UInt64>)
    func leases(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var table = LeaseTable(maximumLeases: 5)
        var held: [(lease: Lease, until: Int64)] = []
        var (now, lastFence) = (Int64(0), UInt64(0))
        for step in 0..<500 {
            now += Int64.random(in: 0..<8, using: &random)
            let time = MonotonicTime(nanoseconds: now)
            let duration = Int64.random(in: 1..<40, using: &random)
            let some = held.randomElement(using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                let key = "k\(Int.random(in: 0..<3, using: &random))"
                let live = held.filter { $0.until > now }
                do {
                    let lease = try table.acquire(key, limit: 2, duration: .nanoseconds(duration), id: "\(step)", now: time)
                    #expect((lease != nil) == (live.count { $0.lease.key == key } < 2), "seed \(seed)")
                    guard let lease else { break }
                    #expect(lease.fence > lastFence)
                    lastFence = lease.fence
                    held.append((lease, now + duration))
                } catch {
                    let isFull = error.code == .full
                    #expect(live.count == 5 && isFull, "seed \(seed)")
                }
            case 1:
                guard let some else { break }
                #expect(table.renew(some.lease, duration: .nanoseconds(duration), now: time) == (some.until > now), "seed \(seed)")
                if some.until > now { held[held.firstIndex { $0.lease == some.lease }!].until = now + duration }
            default:
                guard let some else { break }
                table.release(some.lease, now: time)
                held.removeAll { $0.lease == some.lease }
            }
            #expect(table.count <= 5 && table.storedExpiries <= 2 * 5 + 65)
        }
    }

    @Test("results: one run per key until it is forgotten, and the bounds hold", arguments: 0..<30 as Range<UInt64>)
    func results(seed: UInt64) throws {
        enum Phase { case running(Int64), finished }
        var random = SeededRandom(seed: seed)
        var table = IdempotencyTable(maximumEntries: 4, maximumBytes: 1_000)
        var drawn: UInt64 = 1
        var model: [String: (token: UInt64, phase: Phase, until: Int64)] = [:]
        var now: Int64 = 0
        for _ in 0..<500 {
            now += Int64.random(in: 0..<8, using: &random)
            model = model.filter { $0.value.until > now }
            let (time, key) = (MonotonicTime(nanoseconds: now), "k\(Int.random(in: 0..<7, using: &random))")
            let known = model[key]
            var isHeld = false
            if let known, case .running(let until) = known.phase { isHeld = until > now }
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                var answer: IdempotencyClaim?
                do {
                    drawn += 1
                    answer = try table.claim(key, token: drawn, fingerprint: "f", holdingFor: .nanoseconds(20), keepingFor: .nanoseconds(20), now: time)
                } catch {
                    let isFull = error.code == .full
                    #expect(isFull && known == nil && model.count == 4, "seed \(seed)")
                }
                switch answer {
                case .claimed:
                    #expect(known == nil, "seed \(seed)")
                    model[key] = (drawn, .running(now + 20), now + 40)
                case .running: #expect(isHeld, "seed \(seed)")
                case .lost: #expect(known != nil && !isHeld, "seed \(seed)")
                case .finished(let result): #expect(result == Array(key.utf8), "seed \(seed)")
                case .mismatch: Issue.record("nobody has used other arguments")
                case nil: break
                }
            case 1:
                let isDone = try table.finish(key, token: known?.token ?? 1, result: Array(key.utf8), keepingFor: .nanoseconds(30), now: time)
                #expect(isDone == isHeld, "seed \(seed)")
                if isDone, let known { model[key] = (known.token, .finished, now + 30) }
            case 2:
                let isGone = table.abandon(key, token: known?.token ?? 1, now: time)
                var isFinished = false
                if let known, case .finished = known.phase { isFinished = true }
                #expect(isGone == (known != nil && !isFinished), "seed \(seed)")
                if isGone { model[key] = nil }
            default: // who asks again by the token of a claim is told the same as at first while it stands
                guard let known, isHeld else { continue }
                #expect(try table.claim(key, token: known.token, fingerprint: "f", holdingFor: .nanoseconds(90), keepingFor: .nanoseconds(90), now: time) == .claimed)
            }
            #expect(table.count <= 4 && table.bytes <= 1_000 && table.storedExpiries <= 2 * 4 + 65)
        }
    }
}
