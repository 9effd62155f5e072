import Synchronization

extension GroupLimiter {
    /// One group of a limiter, with its weight and its own limit: hold it as long as the group may have callers.
    public final class Group: Sendable {
        private let limiter: GroupLimiter
        @usableFromInline let core: GroupLimiterCore
        @usableFromInline let number: GroupNumber

        init(_ limiter: GroupLimiter, _ number: GroupNumber) {
            self.limiter = limiter
            self.core = limiter.core
            self.number = number
        }

        deinit {
            core.closeGroup(number)
        }

        /// Takes a permit now, or returns `nil`: when none is free, when the group is at its own limit, when anybody
        /// waits who could have it, and after ``GroupLimiter/shutDown()``. A miss is not counted among the refused.
        @inlinable
        public func tryAcquire() -> Permit? {
            core.tryAcquire(number).map { Permit(limiter: core, slot: $0, group: number) }
        }

        /// Takes a permit, or waits in the line of `key` until it is the group's turn and the key's.
        ///
        /// Cancellation ends the wait. A caller that is cancelled in the moment it is granted gets its permit, and must
        /// release it. A cancelled task may take a free permit, but never queues.
        ///
        /// - Parameter deadline: Until when to wait; the queue's own deadline counts if it is earlier. A free permit is
        ///   taken even after it.
        /// - Throws: ``AcquireError`` when no permit was acquired.
        public nonisolated(nonsending) func acquire(
            for key: Key, deadline: MonotonicTime? = nil
        ) async throws(AcquireError) -> Permit {
            if let permit = tryAcquire() { return permit }
            let grouped = GroupedKey(group: number, key: key)
            let line = limiter.keys.withLock { $0.retain(grouped) }
            defer { limiter.keys.withLock { $0.release(grouped) } }
            return Permit(limiter: core, slot: try await core.acquire(line: line, of: number, deadline: deadline), group: number)
        }

        /// Runs `body` while holding a permit, in the caller's isolation, and gives it back however `body` ends.
        ///
        /// - Throws: ``AcquireError`` when no permit was acquired, and what `body` throws.
        @inlinable
        public nonisolated(nonsending) func withPermit<R>(
            for key: Key, deadline: MonotonicTime? = nil, _ body: nonisolated(nonsending) () async throws -> R
        ) async throws -> R {
            let permit: Permit
            if let free = tryAcquire() { permit = free } else { permit = try await acquire(for: key, deadline: deadline) }
            let start = core.measuresRuns ? core.now : nil
            defer {
                if let start { core.recordRun(since: start) }
                permit.release()
            }
            return try await body()
        }

        /// Changes the group's share under contention at once.
        public func setWeight(_ weight: Int) {
            core.setWeight(weight, of: number)
        }

        /// Changes the permits the group may hold at once; `nil` means as many as there are. Lowering it takes effect as
        /// permits come back.
        public func setLimit(_ limit: Int?) {
            core.setLimit(limit, of: number)
        }

        /// Cancels all who wait in the line of `key`, for instance because its session ended. Permits it holds stay out.
        ///
        /// - Returns: how many there were.
        @discardableResult
        public func removeAll(for key: Key) -> Int {
            withLine(of: key) { core.removeAll(line: $0, of: number) }
        }

        /// Callers that wait in the line of `key`.
        public func waitingCount(for key: Key) -> Int {
            withLine(of: key) { core.waitingCount(line: $0) }
        }

        /// The group's state now.
        public var snapshot: GroupSnapshot { core.snapshot(of: number) }

        /// Does something with the line of a key, 0 when it has none. The line stays the key's own meanwhile.
        private func withLine(of key: Key, _ body: (Int32) -> Int) -> Int {
            let grouped = GroupedKey(group: number, key: key)
            guard let line = limiter.keys.withLock({ $0.retainIfPresent(grouped) }) else { return 0 }
            defer { limiter.keys.withLock { $0.release(grouped) } }
            return body(line)
        }
    }

    /// The right to run, until it is released.
    ///
    /// A value that may be stored and passed on, but stands for one permit: call ``release()`` exactly once, on any
    /// thread. A second release traps, also in release builds, because the permit may be somebody else's by then. A
    /// permit that is dropped without release is lost to the limiter; prefer ``Group/withPermit(for:deadline:_:)``.
    public struct Permit: Sendable {
        @usableFromInline let limiter: GroupLimiterCore
        @usableFromInline let slot: PermitTable.Slot
        @usableFromInline let group: GroupNumber

        @inlinable
        init(limiter: GroupLimiterCore, slot: PermitTable.Slot, group: GroupNumber) {
            self.limiter = limiter
            self.slot = slot
            self.group = group
        }

        /// Gives the permit back, to the next in line if somebody waits.
        @inlinable
        public func release() {
            limiter.release(slot, of: group)
        }
    }
}
