import InterlockConcurrency
import InterlockSimulation

/// Something that happens to a keyed mutex. What picks somebody counts around those there are, so that any part of a sequence is one.
enum KeyedMutexEvent: Sendable, Equatable {
    /// The deadline in seconds is only what a full line goes by: time stands still.
    case lock([Int], asker: Int32, deadline: Int?)
    case tryLock([Int])
    case unlock(Int)
    case cancel(Int)
    /// Somebody who holds its keys is cancelled too late.
    case cancelLate(Int)
    case setDepth(Int)

    static func random(using random: inout SeededRandom, askers: Int32) -> KeyedMutexEvent {
        // Often several, sometimes one twice.
        let keys = (0..<Int.random(in: 1...4, using: &random)).map { _ in Int.random(in: 0..<6, using: &random) }
        let pick = Int.random(in: 0..<1_000, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9:
            let deadline = Bool.random(using: &random) ? Int.random(in: 1...9, using: &random) : nil
            return .lock(keys, asker: Int32.random(in: 0..<askers, using: &random), deadline: deadline)
        case 9: return .tryLock(keys)
        case 10..<15: return .unlock(pick)
        case 15, 16, 17: return .cancel(pick)
        case 18: return .cancelLate(pick)
        default: return .setDepth(Int.random(in: 0...8, using: &random))
        }
    }
}

/// What a keyed mutex says to one event.
struct KeyedMutexAnswer: Equatable {
    enum Own: Equatable {
        case none, granted, queued, refused
    }

    var own = Own.none
    /// Who had to leave for the one who asked.
    var evicted: Int?
    /// Who holds its keys now, in any order.
    var granted: Set<Int> = []
}
