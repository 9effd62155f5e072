import InterlockConcurrency
import Synchronization

/// So many askings of one primitive, made anew: by several tasks, with random cancellations, deadlines and disturbances.
struct Round: Sendable {
    static let tasks = 24

    let name: String
    let seed: UInt64
    let askings: Int
    /// Whether it ends with a drain while callers still ask, or with the proof that all permits are there.
    let drains: Bool
    let plant: Plant
    let counter: UnguardedCounter

    /// How it went; `fault` says what was lost.
    struct Result {
        var granted = 0
        var askings = 0
        var fault: String?
    }

    private final class Progress: Sendable {
        let asked = Atomic(0)
        /// Tasks that have asked as often as they should.
        let finished = Atomic(0)
    }

    func run() async -> Result {
        let subject = Subjects.make(name)
        let alone = subject.most == 1 ? UnguardedCounter() : nil
        let tally = Tally()
        let cellar = Cellar()
        let progress = Progress()
        let each = askings / Self.tasks
        let askers = (0..<Self.tasks).map { number in
            Task {  // awaited below
                var random = Random(seed: seed &* 1_000 &+ UInt64(number))
                for turn in 0..<each {
                    if plant == .leakedPermit, number == 0, turn == 0 { leak(subject, tally, cellar) }
                    await ask(subject, tally, alone, &random)
                    progress.asked.add(1, ordering: .relaxed)
                }
                progress.finished.add(1, ordering: .relaxed)
            }
        }
        let disturber = Task {  // awaited below
            var random = Random(seed: seed &* 1_000 &+ 999)
            while progress.finished.load(ordering: .relaxed) < Self.tasks, !Task.isCancelled {
                await subject.disturb(random.next())
                for _ in 0..<random.next() % 64 { await Task.yield() }
                if drains, progress.asked.load(ordering: .relaxed) > askings / 2 { break }
            }
            await subject.restore()
        }
        await disturber.value
        let isDrained = drains ? await subject.drain() : true
        for asker in askers { await asker.value }
        await subject.settle()
        defer { cellar.letGo() }
        return Result(
            granted: tally.result.seen.granted, askings: each * Self.tasks,
            fault: await fault(subject, tally, alone, asked: each * Self.tasks, isDrained: isDrained))
    }

    private func ask(_ subject: Subject, _ tally: Tally, _ alone: UnguardedCounter?, _ random: inout Random) async {
        let (drawn, stays) = (random.next(), random.oneIn(3))
        let deadline = random.oneIn(4) ? SystemClock.shared.now + .microseconds(Int64(random.next() % 200)) : nil
        let asking: @Sendable () async -> Void = {
            // Before and after what has a lock of its own, which would put the callers in an order too.
            let body: @Sendable () async -> Void = {
                alone?.add()
                tally.comeIn()
                if plant == .racyCounter { counter.add() }
                if stays { await Task.yield() }
                tally.goOut()
                alone?.add()
            }
            do {
                if plant == .noLock { await body() } else { try await subject.enter(drawn, deadline, body) }
            } catch {
                tally.count(error)
            }
        }
        if random.oneIn(4) {
            let task = Task { await asking() }  // awaited two lines below
            for _ in 0..<random.next() % 4 { await Task.yield() }
            task.cancel()
            await task.value
        } else {
            await asking()
        }
    }

    private func leak(_ subject: Subject, _ tally: Tally, _ cellar: Cellar) {
        // Not awaited: it stays inside until the counts are taken. That is the fault.
        Task {
            do { try await subject.enter(1, nil) { await cellar.keep() } } catch { tally.count(error) }
        }
    }

    /// What is wrong when nobody asks any more; `nil` when every count is exact and everything can be taken.
    private func fault(_ subject: Subject, _ tally: Tally, _ alone: UnguardedCounter?, asked: Int, isDrained: Bool) async -> String? {
        let (seen, peak, strange) = tally.result
        let balance = subject.balance()
        if let strange { return "failed with \(strange)" }
        if seen.granted + seen.refused + seen.expired + seen.cancelled != asked { return "\(asked) asked, and their outcomes are \(seen)" }
        if balance.active != 0 || balance.waiting != 0 { return "nobody is there any more, and it says \(balance)" }
        if subject.countsEverything, balance != seen { return "it counted \(balance), its callers saw \(seen)" }
        if peak > subject.most { return "\(peak) were inside at once, at most \(subject.most) may be" }
        if let alone, alone.count != 2 * seen.granted { return "\(seen.granted) added two each, one after the other, and the sum is \(alone.count)" }
        if !isDrained { return "a drain without a deadline was broken off" }
        if !drains, await !subject.takeAll() { return "not everything can be taken although nobody holds anything" }
        return nil
    }
}
