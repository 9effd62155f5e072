import InterlockConcurrency
import InterlockStorage
import Logging
import Synchronization

/// Shows the other instances that this one lives, and ends the streams of those that no longer do.
///
/// An instance is gone when its lease can be taken from it. Whoever takes it has a higher fence, under which it ends the streams it follows; what the
/// other still writes when it was only paused is refused by the store. A stream's end comes at most `duration` and a third after its instance was lost,
/// for an instance that has just started itself `duration` more.
final class InstancePresence: Sendable {
    private let id: String
    private let store: any SharedEventStore
    private let duration: Duration
    private let clock: any SchedulingClock
    private let logger: Logger
    private let state: Mutex<PresenceStateMachine>

    init(id: String, store: any SharedEventStore, duration: Duration, clock: any SchedulingClock, logger: Logger) {
        self.id = id
        self.store = store
        self.duration = duration
        self.clock = clock
        self.logger = logger
        state = Mutex(PresenceStateMachine(duration: duration))
    }

    /// This instance as the owner of a stream; `nil` while it has no lease: such a stream is not taken over.
    func owner(_ note: StreamNote) -> StreamOwner? {
        state.withLock { $0.lease }.map { StreamOwner(instance: id, fence: $0.fence, note: note.encoded()) }
    }

    /// Watches over a stream of another instance until the result is called, as often as one likes.
    func watch(_ stream: PresenceStateMachine.Followed) -> @Sendable () -> Void {
        let number = state.withLock { $0.follow(stream) }
        return { [weak self] in self?.state.withLock { $0.leave(number, of: stream.owner.instance) } }
    }

    /// Streams of other instances that are followed here.
    var followedCount: Int { state.withLock { $0.count } }

    /// Renews, and looks at others, until the task is cancelled.
    func run() async {
        while true {
            // Cancelled when serving ends; the lease then lapses by itself, when what is left to write has been written.
            do { try await clock.sleep(until: clock.now + duration / 3) } catch { return }
            await refresh()
        }
    }

    /// One round of what ``run()`` repeats.
    func refresh() async {
        do throws(StoreError) {
            try await refreshLease()
            for owner in state.withLock({ $0.suspects(now: clock.now) }) { try await look(at: owner) }
        } catch {
            state.withLock { $0.lostTouch() }
            logger.warning("this instance cannot show that it lives, nor see whether others do", metadata: ["error": "\(error)"])
        }
    }

    private func refreshLease() async throws(StoreError) {
        if case .renew(let lease) = state.withLock({ $0.next }) {
            if try await store.instances.renew(lease, duration: duration) { return state.withLock { $0.renewed(now: clock.now) } }
            state.withLock { $0.lapsed() }
            logger.warning("this instance was not heard of for longer than its lease: others may have ended its streams", metadata: ["lease": "\(duration)"])
        }
        // Taken for a moment by whoever found it lapsed; the next round tries again.
        guard let lease = try await store.instances.acquire(StreamOwner.leaseKey(of: id), limit: 1, duration: duration) else { return }
        state.withLock { $0.acquired(lease, now: clock.now) }
    }

    private func look(at owner: String) async throws(StoreError) {
        guard let lease = try await store.instances.acquire(StreamOwner.leaseKey(of: owner), limit: 1, duration: duration) else { return }
        let streams = state.withLock { $0.streams(of: owner) }
        logger.warning("an instance was lost; its streams that are followed here are ended", metadata: ["instance": "\(owner)", "streams": "\(streams.count)"])
        for (number, stream) in streams {
            let successor = StreamOwner(instance: id, fence: lease.fence, note: stream.owner.note)
            _ = try await store.takeOver(
                session: stream.session, stream: stream.stream, from: stream.owner, by: successor, after: stream.reached(),
                ending: StreamNote(stream.owner.note)?.lastEvent() ?? [])
            // Whoever ended it, its last event reaches the follower by itself.
            state.withLock { $0.leave(number, of: owner) }
        }
        try await store.instances.release(lease)
    }
}
