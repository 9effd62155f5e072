import InterlockConcurrency
import Testing

@Suite("A semaphore with priorities, keys, weights and a bound")
struct SemaphoreProofTests {
    static let policies: [QueueConfiguration.FullPolicy] = [.rejectNewest, .rejectOldest, .rejectEarliestDeadline, .newestFirstUnderOverload]

    @Test("is what the plain one is, in 1,000 random sequences for each policy", arguments: policies)
    func model(policy: QueueConfiguration.FullPolicy) {
        for seed in 0..<1_000 as Range<UInt64> {
            let settings = SemaphoreProof.Settings(seed: seed, policy)
            let found = SemaphoreProof.shrunkViolation(settings) { MachineSemaphore(permits: $0.permits, queue: $0.queue) }
            #expect(found == nil, "seed \(seed), \(settings.permits) permits, depth \(settings.queue.depth): \(found.map { "\($0)" } ?? "")")
            if found != nil { return }
        }
    }

    @Test("with a guard taken out is told from it within 100 sequences, and shrunk to at most a dozen events", arguments: PlainSemaphore.Fault.allCases)
    func negativeControl(fault: PlainSemaphore.Fault) throws {
        // A policy under which each of them shows.
        let policy = QueueConfiguration.FullPolicy.rejectOldest
        let found = (0..<100 as Range<UInt64>).lazy.compactMap { seed in
            let settings = SemaphoreProof.Settings(seed: seed, policy)
            return SemaphoreProof.shrunkViolation(settings) { PlainSemaphore(permits: $0.permits, queue: $0.queue, fault: fault) }
        }.first
        let events = try #require(found).events
        #expect(events.count <= 12, "\(events)")
    }

    @Test("with another policy than it says is told from it within 100 sequences", arguments: policies, policies)
    func otherPolicy(said: QueueConfiguration.FullPolicy, real: QueueConfiguration.FullPolicy) {
        guard said != real else { return }
        #expect(Proofs.failsWithin100Seeds { seed in
            let settings = SemaphoreProof.Settings(seed: seed, said)
            var queue = settings.queue
            queue.whenFull = real
            return SemaphoreProof.violation(of: MachineSemaphore(permits: settings.permits, queue: queue), settings) == nil
        })
    }
}
