import InterlockConcurrency
import Synchronization

/// A value that is made in the background, and those who need it before it is there.
///
/// A failure is told to those who wait and to those who come later; a value may still follow it, and then counts.
final class Readiness<Value: Sendable>: Sendable {
    private enum Outcome {
        case ready(Value)
        case failed(any Error)
    }

    private struct State {
        var outcome: Outcome?
        var nextID: UInt64 = 0
        var waiters: [UInt64: Waiter<Bool>] = [:]
    }

    private let state = Mutex(State())

    /// The value is there, from now on.
    func succeed(_ value: Value) { settle(.ready(value)) }

    /// The value could not be made. Ignored once there is one.
    func fail(_ error: any Error) { settle(.failed(error)) }

    /// The value; suspends until it is there or has failed. Throws the failure, or `CancellationError`.
    func value() async throws -> Value {
        if let outcome = current { return try Self.get(outcome) }
        let waiter = Waiter<Bool>()
        let (id, outcome): (UInt64, Outcome?) = state.withLock { state in
            guard state.outcome == nil else { return (0, state.outcome) }
            state.nextID += 1
            state.waiters[state.nextID] = waiter
            return (state.nextID, nil)
        }
        if let outcome { return try Self.get(outcome) }
        let arrived = await waiter.wait { [self] in
            let removed = state.withLock { $0.waiters.removeValue(forKey: id) }
            removed?.resolve(false)
        }
        guard arrived, let outcome = current else { throw CancellationError() }
        return try Self.get(outcome)
    }

    private var current: Outcome? { state.withLock { $0.outcome } }

    private static func get(_ outcome: Outcome) throws -> Value {
        switch outcome {
        case .ready(let value): return value
        case .failed(let error): throw error
        }
    }

    private func settle(_ outcome: Outcome) {
        let waiters = state.withLock { state -> [Waiter<Bool>] in
            if case .failed = outcome, case .ready = state.outcome { return [] }
            state.outcome = outcome
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resolve(true) }
    }
}
