import InterlockConcurrency
import Testing

@Suite("A keyed mutex of which calls take several keys at once")
struct KeyedMutexProofTests {
    static let policies: [QueueConfiguration.FullPolicy] = [.rejectNewest, .rejectOldest, .rejectEarliestDeadline, .newestFirstUnderOverload]

    private func prove(_ policy: QueueConfiguration.FullPolicy, askers: Int32, seeds: Range<UInt64>) {
        for seed in seeds {
            let settings = KeyedMutexProof.Settings(seed: seed, policy, askers: askers)
            let found = KeyedMutexProof.shrunkViolation(settings)
            #expect(found == nil, "seed \(seed), depth \(settings.queue.depth): \(found.map { "\($0)" } ?? "")")
            if found != nil { return }
        }
    }

    @Test("lets in exactly those of whose keys nobody older wants one, all or nothing, and forgets idle keys, in random sequences", arguments: policies)
    func model(policy: QueueConfiguration.FullPolicy) { prove(policy, askers: 1, seeds: 0..<300) }

    @Test("lets nobody in beside another, always somebody on, an asker's own in order, and forgets idle keys, where askers take turns", arguments: policies)
    func askers(policy: QueueConfiguration.FullPolicy) { prove(policy, askers: 3, seeds: 0..<300) }

    @Test(
        "with a guard taken out is told from it within 100 sequences, and shrunk to at most ten events",
        arguments: KeyedMutexSubject.Fault.allCases, [1, 3] as [Int32])
    func negativeControl(fault: KeyedMutexSubject.Fault, askers: Int32) throws {
        let found = (0..<100 as Range<UInt64>).lazy.compactMap { seed in
            KeyedMutexProof.shrunkViolation(KeyedMutexProof.Settings(seed: seed, .rejectOldest, askers: askers), fault: fault)
        }.first
        let events = try #require(found, "\(fault)").events
        #expect(events.count <= 10, "\(events)")
    }
}
