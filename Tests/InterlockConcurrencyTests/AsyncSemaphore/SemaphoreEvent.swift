import InterlockConcurrency
import InterlockSimulation

/// Something that happens to a semaphore. What picks somebody counts around those there are, so that any part of a sequence is one.
enum SemaphoreEvent: Sendable, Equatable {
    case tryAcquire(count: Int, priority: Int)
    /// The deadline in seconds is only what a full queue goes by: time stands still.
    case acquire(count: Int, priority: Int, key: Int32, deadline: Int?)
    case release(Int)
    case giveUp(Int)
    /// Somebody who has its permits, or has left, is cancelled too late.
    case giveUpLate(Int)
    case setPermits(Int)
    case setDepth(Int)
    case cancelAll

    static func random(using random: inout SeededRandom) -> SemaphoreEvent {
        let count = Int.random(in: 1...3, using: &random)
        let priority = Int.random(in: 0...2, using: &random)
        let pick = Int.random(in: 0..<1_000, using: &random)
        switch Int.random(in: 0..<40, using: &random) {
        case 0..<4: return .tryAcquire(count: count, priority: priority)
        case 4..<20:
            let deadline = Bool.random(using: &random) ? Int.random(in: 1...9, using: &random) : nil
            return .acquire(count: count, priority: priority, key: Int32.random(in: 0...2, using: &random), deadline: deadline)
        case 20..<29: return .release(pick)
        case 29..<34: return .giveUp(pick)
        case 34..<36: return .giveUpLate(pick)
        case 36, 37: return .setPermits(Int.random(in: 0...5, using: &random))
        case 38: return .setDepth(Int.random(in: 0...6, using: &random))
        default: return pick % 3 == 0 ? .cancelAll : .release(pick)
        }
    }
}

/// What a semaphore says to one event.
struct SemaphoreAnswer: Equatable {
    enum Own: Equatable {
        case none, granted, queued, refused
    }

    /// What became of the one who asked.
    var own = Own.none
    /// Who had to leave for it.
    var evicted: Int?
    /// Who has permits now, in this order; or who was taken out, where everybody is.
    var told: [Int] = []
}
