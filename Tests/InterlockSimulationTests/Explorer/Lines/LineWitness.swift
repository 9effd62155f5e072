import InterlockConcurrency
import Synchronization

/// Sees what goes on before and inside a primitive in one schedule, and holds it against the promise.
final class LineWitness: Sendable {
    private struct State {
        var promise: LinePromise
        var inside: Int?
        var entered: [Int] = []
        var fault: String?
    }

    private let state: Mutex<State>

    init(_ promise: LinePromise) {
        state = Mutex(State(promise: promise))
    }

    func arrive(_ id: Int, key: Int, due: MonotonicTime, isCancelled: Bool) {
        state.withLock { $0.promise.arrive(id, key: key, due: due, isCancelled: isCancelled) }
    }

    func cancel(_ id: Int) { state.withLock { $0.promise.cancel(id) } }

    func setDepth(_ depth: Int) { state.withLock { $0.promise.setDepth(depth) } }

    /// The place asks for the next.
    func ask() { state.withLock { $0.promise.serveNext() } }

    /// Somebody is inside.
    func enter(_ id: Int) {
        state.withLock { state in
            if let other = state.inside { state.fault = state.fault ?? "\(id) came in beside \(other)" }
            state.inside = id
            state.entered.append(id)
        }
    }

    /// The work inside has ended.
    func finish() { state.withLock { $0.inside = nil } }

    /// The place is free again.
    func leave() { state.withLock { $0.promise.leave() } }

    /// What was not as promised, when all have gone.
    func violation(endings: [LinePromise.Ending?]) -> String? {
        state.withLock { state in
            if let fault = state.fault { return fault }
            if state.entered != state.promise.granted { return "came in as \(state.entered), and it should be \(state.promise.granted)" }
            for (id, ending) in endings.enumerated() where ending != state.promise.endings[id] {
                let promised = state.promise.endings[id].map { "\($0)" } ?? "nothing"
                return "\(id) ended as \(ending.map { "\($0)" } ?? "something else"), and it should be \(promised)"
            }
            return nil
        }
    }
}
