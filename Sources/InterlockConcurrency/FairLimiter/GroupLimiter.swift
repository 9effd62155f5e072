import Synchronization

/// A limiter that shares its permits between groups by weight, and within a group fairly between its keys.
///
/// Groups are tenants, keys their sessions. While several groups wait, they are served in proportion to their weights;
/// a group that did not wait is served after at most one grant of each that does. A group may have a limit of its own
/// as well: callers beyond it wait, and never hold up other groups. The queue's places are shared by weight too: when
/// it is full, the group most over its share gives one up, of its longest line; which of that line, the ``QueueConfiguration``
/// says. A newcomer whose own group has its share competes with that group's lines. Where it serves the newest first under
/// overload, groups and keys keep their turns, and each key's newest goes first.
///
/// A caller takes one permit, for the reason ``FairLimiter`` gives.
///
/// ```swift
/// let limiter = GroupLimiter<SessionID>(limit: 64, queue: .init(depth: 1_000))
/// let acme = limiter.group(weight: 3, limit: 16)
/// try await acme.withPermit(for: session) { try await serve(request) }
/// ```
///
/// While permits are free no key is looked at: taking and releasing one are two short critical sections without an
/// allocation or a suspension. Contended, a grant takes time logarithmic in the groups that wait.
public final class GroupLimiter<Key: Hashable & Sendable>: Sendable {
    let keys = Mutex(KeyTable<GroupedKey<Key>>())
    let core: GroupLimiterCore

    /// Makes a limiter with all permits free and no group.
    ///
    /// - Parameters:
    ///   - limit: Permits over all groups. Zero (or less) is a closed limiter: callers wait until ``setLimit(_:)`` opens it.
    ///   - queue: How many callers may wait over all groups, for how long, and who goes when there are too many.
    ///   - name: What errors call it.
    ///   - measuresRuns: Whether ``Group/withPermit(for:deadline:_:)`` measures how long it holds its permit, which reads the clock
    ///     twice for each (about 40 ns).
    ///   - clock: Decides when deadlines pass.
    public init(
        limit: Int, queue: QueueConfiguration = .init(), name: String = "limiter", measuresRuns: Bool = false,
        clock: any SchedulingClock = SystemClock.shared
    ) {
        core = GroupLimiterCore(limit: limit, queue: queue, name: name, measuresRuns: measuresRuns, clock: clock)
    }

    /// Makes a group. It lasts as long as somebody holds it, waits in it or has one of its permits; the caller bounds how many there are.
    ///
    /// - Parameters:
    ///   - weight: Its share under contention, 1 to 1,000; outside, the nearest counts.
    ///   - limit: Permits it may hold at a time; `nil` means as many as there are, zero or less that its callers wait until it is raised.
    public func group(weight: Int = 1, limit: Int? = nil) -> Group {
        Group(self, core.openGroup(weight: weight, limit: limit))
    }

    /// Changes the number of permits at once. Lowering it takes effect as permits come back.
    public func setLimit(_ limit: Int) {
        core.setLimit(limit)
    }

    /// Changes how many may wait over all groups, at once. Who waits already stays, also beyond the new depth.
    public func setQueueDepth(_ depth: Int) {
        core.setQueueDepth(depth)
    }

    /// Refuses newcomers from now on, and waits until nobody waits and every permit is back.
    ///
    /// - Parameter deadline: When to stop waiting. The limiter goes on draining; ``shutDown()`` empties the queue.
    /// - Returns: `true` when it ran empty; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        await core.drain(deadline: deadline)
    }

    /// Refuses newcomers from now on, and all who wait, with ``AcquireError/Code-swift.struct/shutDown``. Cannot be undone.
    public func shutDown() {
        core.shutDown()
    }

    /// The state and the counters now.
    public var snapshot: GroupLimiterSnapshot { core.snapshot }
}

/// A key of one group: two groups' keys are two even when they are equal.
struct GroupedKey<Key: Hashable & Sendable>: Hashable, Sendable {
    let group: GroupNumber
    let key: Key
}
