import InterlockConcurrency
import InterlockStorage
import Synchronization

/// What a call holds over all instances, and until when it is known to.
///
/// The time of a lease counts from before the store was asked for it, so that it has passed here no later than there.
final class HeldLeases: Sendable {
    private struct Hold {
        let lease: Lease
        /// The key of `exclusive`; `nil` for the permit of `concurrency`.
        let key: String?
        var askedAt: MonotonicTime
    }

    private struct State {
        var holds: [Hold] = []
        var hasBegun = false
    }

    private let duration: Duration
    private let state = Mutex(State())

    /// - Parameter duration: for how long each lease is asked for.
    init(duration: Duration) {
        self.duration = duration
    }

    var all: [Lease] { state.withLock { $0.holds.map(\.lease) } }

    var count: Int { state.withLock { $0.holds.count } }

    /// Whether the handler was started.
    var hasBegun: Bool { state.withLock { $0.hasBegun } }

    /// Until when nobody else can have any of them.
    var heldUntil: MonotonicTime { state.withLock { heldUntil($0.holds) } }

    func add(_ lease: Lease, of key: String?, askedAt time: MonotonicTime) {
        state.withLock { $0.holds.append(Hold(lease: lease, key: key, askedAt: time)) }
    }

    func renewed(_ lease: Lease, askedAt time: MonotonicTime) {
        state.withLock { state in
            for index in state.holds.indices where state.holds[index].lease == lease { state.holds[index].askedAt = time }
        }
    }

    /// Those that were asked for a third of their time ago.
    func due(at now: MonotonicTime) -> [Lease] {
        state.withLock { $0.holds.filter { $0.askedAt + duration / 3 <= now }.map(\.lease) }
    }

    /// Lets go of all of them, for whoever gives them back.
    func takeAll() -> [Lease] {
        state.withLock { state in
            defer { state.holds = [] }
            return state.holds.map(\.lease)
        }
    }

    /// False if one of them may be another's by now: then the handler must not run.
    func handlerBegins(at now: MonotonicTime) -> Bool {
        state.withLock { state in
            guard now < heldUntil(state.holds) else { return false }
            state.hasBegun = true
            return true
        }
    }

    func fence(for key: String) -> UInt64? { state.withLock { $0.holds.first { $0.key == key }?.lease.fence } }

    private func heldUntil(_ holds: [Hold]) -> MonotonicTime { holds.map(\.askedAt).min().map { $0 + duration } ?? .distantFuture }
}

extension HandlerContext {
    /// The number of this call's hold on a key of `exclusive(scope: .cluster)`; it rises with every holder.
    ///
    /// Whatever the lock protects can refuse a number lower than one it has seen: a holder that was taken for dead. `nil` for any other key.
    public func fence(for key: String) -> UInt64? { leases?.fence(for: key) }
}
