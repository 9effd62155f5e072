import InterlockConcurrency
import InterlockSimulation

/// The same events on a semaphore and on the plain one, which must say the same to each.
enum SemaphoreProof {
    struct Settings: Sendable {
        var permits: Int
        var queue: QueueConfiguration
        var events: [SemaphoreEvent]

        /// One random sequence for a seed.
        init(seed: UInt64, _ policy: QueueConfiguration.FullPolicy, count: Int = 100) {
            var random = SeededRandom(seed: seed)
            permits = Int.random(in: 1...4, using: &random)
            queue = QueueConfiguration(depth: Int.random(in: 0...6, using: &random), whenFull: policy)
            events = (0..<count).map { _ in .random(using: &random) }
        }
    }

    /// A sequence that shows a difference, and which.
    struct Finding: Equatable {
        let events: [SemaphoreEvent]
        let message: String
    }

    /// Where the two differ first; `nil` when they do not.
    static func violation(of subject: some BoundedSemaphore, _ settings: Settings) -> String? {
        var subject = subject
        var model = PlainSemaphore(permits: settings.permits, queue: settings.queue)
        var held: [(id: Int, count: Int)] = []
        var waiting: [(id: Int, count: Int)] = []
        var past: [Int] = []

        /// What the two say, and what follows from it for who holds and who waits.
        func differ(_ event: SemaphoreEvent, _ id: Int) -> String? {
            let (got, expected): (SemaphoreAnswer, SemaphoreAnswer)
            switch event {
            case .tryAcquire(let count, let priority):
                (got, expected) = (subject.tryAcquire(id, count, priority), model.tryAcquire(id, count, priority))
                if expected.own == .granted { held.append((id, count)) }
            case .acquire(let count, let priority, let key, let deadline):
                let due = deadline.map { MonotonicTime.zero + .seconds($0) }
                (got, expected) = (subject.acquire(id, count, priority, key, due), model.acquire(id, count, priority, key, due))
                if expected.own == .granted { held.append((id, count)) }
                if expected.own == .queued { waiting.append((id, count)) }
                if let evicted = expected.evicted {
                    waiting.removeAll { $0.id == evicted }
                    past.append(evicted)
                }
                take(expected.told)
            case .release(let pick):
                guard !held.isEmpty else { return nil }
                let leaving = held.remove(at: pick % held.count)
                past.append(leaving.id)
                (got, expected) = (subject.release(leaving.count), model.release(leaving.count))
                take(expected.told)
            case .giveUp(let pick):
                guard !waiting.isEmpty else { return nil }
                let leaving = waiting.remove(at: pick % waiting.count)
                past.append(leaving.id)
                (got, expected) = (subject.giveUp(leaving.id), model.giveUp(leaving.id))
                take(Array(expected.told.dropFirst()))
            case .giveUpLate(let pick):
                let late = past + held.map(\.id)
                guard !late.isEmpty else { return nil }
                let id = late[pick % late.count]
                (got, expected) = (subject.giveUp(id), model.giveUp(id))
            case .setPermits(let permits):
                (got, expected) = (subject.setPermits(permits), model.setPermits(permits))
                take(expected.told)
            case .setDepth(let depth):
                subject.setDepth(depth)
                model.setDepth(depth)
                return nil
            case .cancelAll:
                (got, expected) = (subject.cancelAll(), model.cancelAll())
                waiting = []
            }
            return got == expected ? nil : "\(got) instead of \(expected)"
        }

        func take(_ ids: [Int]) {
            for id in ids {
                guard let index = waiting.firstIndex(where: { $0.id == id }) else { continue }
                held.append(waiting.remove(at: index))
            }
        }

        func check() -> String? {
            let inHands = held.reduce(0) { $0 + $1.count }
            if subject.active != inHands { return "\(subject.active) permits are out, \(inHands) are held" }
            return subject.waiting == waiting.count ? nil : "\(subject.waiting) wait instead of \(waiting.count)"
        }

        for (id, event) in settings.events.enumerated() {
            if let difference = differ(event, id) ?? check() { return "event \(id), \(event): \(difference)" }
        }
        // With permits again and everybody leaving, the line runs empty by itself.
        if let difference = differ(.setPermits(2), settings.events.count) { return "at the end: \(difference)" }
        while !held.isEmpty {
            if let difference = differ(.release(0), settings.events.count) ?? check() { return "at the end: \(difference)" }
        }
        return waiting.isEmpty ? nil : "at the end: \(waiting.count) wait for ever"
    }

    /// The same with the fewest events that still show it.
    static func shrunkViolation<Subject: BoundedSemaphore>(_ settings: Settings, of make: (Settings) -> Subject) -> Finding? {
        guard violation(of: make(settings), settings) != nil else { return nil }
        var least = settings
        least.events = shrunkSequence(settings.events) { events in
            var fewer = settings
            fewer.events = events
            return violation(of: make(fewer), fewer) != nil
        }
        return violation(of: make(least), least).map { Finding(events: least.events, message: $0) }
    }
}
