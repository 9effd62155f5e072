/// Who holds permits and who waits for them, on two levels: groups by weight, and in each group its keys in turn.
///
/// Groups are scheduled by strides (start-time fair queueing): a group is due at a virtual time, the one that is due
/// first is served, and a grant puts its group off by the inverse of its weight. A group that starts to wait is due at
/// once, and cannot have saved up time while it did not wait; so it is served after at most one grant of each other.
/// A group at its own limit waits outside the schedule, so it never holds up the others.
package struct GroupLimiterStateMachine<W> {
    package typealias Key = Int32
    package typealias Slot = PermitTable.Slot

    /// The place of one waiter, good until it has left its line.
    package struct Ticket: Sendable, Hashable {
        fileprivate let place: KeyedLines<W>.Ticket
    }

    package struct Grant {
        package let waiter: W
        package let slot: Slot
    }

    package enum Acquisition {
        case granted(Slot)
        /// Joined its line; `evicted` had to leave the queue to make room.
        case queued(Ticket, evicted: W?)
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    private enum Phase {
        case running, draining, shutDown
    }

    private(set) var groups: [GroupRecord<W>] = []
    private(set) var counters = WaitCounters()
    private(set) var lines = KeyedLines<W>()
    private(set) var backlog = GroupBacklog()
    package private(set) var limit: Int
    package private(set) var peakActive = 0
    package private(set) var waiting = 0
    private var freeGroups: [Int32] = []
    private var permits = PermitTable()
    private var phase = Phase.running
    private var schedule = GroupSchedule()
    /// The time at which the group that was served last was due; what has passed for everybody.
    private var virtualTime: UInt64 = 0
    /// The latest time any group is due, to which virtual time moves on when nobody is left to be served.
    private var latestDue: UInt64 = 0
    private var pace = QueuePace()
    private var queue: QueueConfiguration
    /// The queue has been full and not been empty since, and its policy serves the newest of each key first meanwhile.
    package private(set) var servesNewestFirst = false

    package init(limit: Int, queue: QueueConfiguration) {
        self.limit = max(0, limit)
        self.queue = queue
    }

    package var queueDepth: Int { queue.depth }

    /// Permits that are out.
    package var active: Int { permits.count }

    /// Groups that are open, or closed and not idle yet.
    package var groupCount: Int { groups.count - freeGroups.count }

    /// Whether it takes nobody new, nobody waits, and every permit is back.
    package var isDrained: Bool { phase != .running && waiting == 0 && permits.count == 0 }

    // MARK: - Groups

    package mutating func openGroup(weight: Int, limit: Int?) -> GroupNumber {
        let record = GroupRecord<W>(weight: weight, limit: limit, due: virtualTime)
        if let index = freeGroups.popLast() {
            groups[Int(index)] = record
            return GroupNumber(index: index)
        }
        groups.append(record)
        return GroupNumber(index: Int32(groups.count - 1))
    }

    /// Nobody new comes to the group; its number is free when its permits are back and its waiters gone.
    package mutating func closeGroup(_ group: GroupNumber) {
        groups[Int(group.index)].isClosed = true
        freeIfIdle(group.index)
    }

    /// Changes how much of the permits a group gets under contention, from its next grant on.
    package mutating func setWeight(_ weight: Int, of group: GroupNumber) {
        let index = Int(group.index)
        let owed = groups[index].due > virtualTime ? groups[index].due - virtualTime : 0
        let old = groups[index].stride
        if groups[index].waiting > 0 { backlog.weight -= groups[index].weight }
        groups[index].weight = weight
        if groups[index].waiting > 0 { backlog.weight += groups[index].weight }
        // What it was put off for its last grant shrinks or grows with the distance of its grants. Neither factor has 32 bits.
        groups[index].due = virtualTime + min(owed, old) * groups[index].stride / old
        if schedule.contains(group.index) { schedule.set(group.index, due: groups[index].due) }
    }

    /// Changes the permits a group may hold; `nil` means as many as there are.
    package mutating func setLimit(_ limit: Int?, of group: GroupNumber) -> [Grant] {
        groups[Int(group.index)].limit = limit.map { max(0, $0) } ?? .max
        reschedule(group.index)
        return grantAvailable()
    }

    package func waiting(of group: GroupNumber) -> Int { groups[Int(group.index)].waiting }
    package func active(of group: GroupNumber) -> Int { groups[Int(group.index)].active }

    // MARK: - Permits

    /// Takes a permit if one is free, the group may hold one more, and nobody waits who could have it.
    package mutating func tryAcquire(_ group: GroupNumber) -> Slot? {
        guard permits.count < limit, schedule.isEmpty, groups[Int(group.index)].hasRoom, phase == .running else { return nil }
        return grant(group.index)
    }

    /// Takes a permit or joins the line of `key`, which belongs to `group` as long as somebody stands in it.
    ///
    /// When the queue is full, the group that is most over its weighted share of the places pays, with one of its longest line;
    /// if that is the newcomer's own group, or none is, the newcomer competes with the lines of its group or, where nobody of
    /// that waits, with everybody. Who it is, the policy says.
    package mutating func acquire(_ waiter: W, for key: Key, of group: GroupNumber, _ patience: Patience) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if phase != .running { return refuse(.shutDown, patience) }
        if let slot = tryAcquire(group) { return .granted(slot) }
        if let code = patience.refusal { return refuse(code, patience) }
        var leaver: KeyedLines<W>.Ticket?
        if waiting >= queueDepth {
            leaver = self.leaver(for: key, of: group.index, patience.deadline)
            if leaver == nil { return refuse(.queueFull, patience) }
            servesNewestFirst = servesNewestFirst || queue.whenFull == .newestFirstUnderOverload
        }
        if waiting == 0 { pace.start(now: patience.now) }
        let place = lines.append(waiter, to: key, of: group.index, deadline: patience.deadline, in: &groups[Int(group.index)].ring)
        changeWaiting(of: group.index, by: 1)
        reschedule(group.index)
        let evicted = leaver.flatMap { remove($0) }
        if evicted != nil { counters.countRefusal(.queueFull) }
        counters.peakWaiting = max(counters.peakWaiting, waiting)
        return .queued(Ticket(place: place), evicted: evicted)
    }

    /// Takes a permit back and grants what it can; the permit must be out, and the group's.
    package mutating func release(_ slot: Slot, of group: GroupNumber) -> [Grant] {
        precondition(permits.giveBack(slot), "a permit was released twice")
        let isClosed = groups[Int(group.index)].countReturn()
        if waiting == 0 {
            if isClosed { freeIfIdle(group.index) }
            return []
        }
        reschedule(group.index)
        freeIfIdle(group.index)
        return grantAvailable()
    }

    /// Takes a waiter out of its line; `nil` when it has its permit by now.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> W? {
        guard let waiter = remove(ticket.place) else { return nil }
        counters.countGivenUp(reason)
        return waiter
    }

    /// Takes the whole line of a key out.
    package mutating func removeAll(for key: Key, of group: GroupNumber) -> [W] {
        let removed = lines.removeAll(of: key, from: &groups[Int(group.index)].ring)
        leave(removed.count, group.index)
        counters.cancelled += removed.count
        return removed
    }

    package mutating func setLimit(_ newLimit: Int) -> [Grant] {
        limit = max(0, newLimit)
        return grantAvailable()
    }

    /// Changes how many may wait; who waits already stays.
    package mutating func setQueueDepth(_ depth: Int) {
        queue.depth = max(0, depth)
    }

    /// Refuses newcomers from now on; who waits still gets its turn.
    package mutating func startDraining() {
        if phase == .running { phase = .draining }
    }

    /// Refuses newcomers from now on, and returns all who waited.
    package mutating func shutDown() -> [W] {
        phase = .shutDown
        var removed: [W] = []
        for group in groups.indices where groups[group].waiting > 0 {
            let all = lines.removeAll(from: &groups[group].ring)
            leave(all.count, Int32(group))
            removed += all
        }
        counters.refused += removed.count
        return removed
    }

    /// When trying again makes sense, for who has to leave the queue.
    package func retryAfter(now: MonotonicTime) -> Duration? { pace.timeToDrain(waiting, now: now) }

    /// A permit was held for so long.
    package mutating func recordRun(_ duration: Duration) {
        counters.runs.record(duration)
    }

    /// Somebody who stood in line is inside now.
    package mutating func recordWait(since start: MonotonicTime, now: MonotonicTime) {
        counters.waits.record(now - start)
        pace.countGrant(now: now)
    }

    // MARK: - Inside

    private mutating func grant(_ group: Int32) -> Slot {
        groups[Int(group)].countGrant()
        counters.granted += 1
        let slot = permits.take()
        peakActive = max(peakActive, permits.count)
        return slot
    }

    private mutating func grantAvailable() -> [Grant] {
        var grants: [Grant] = []
        while permits.count < limit, let group = schedule.first {
            guard let waiter = lines.popNext(from: &groups[Int(group)].ring, newestFirst: servesNewestFirst) else {
                preconditionFailure("a group without waiters is in the schedule")
            }
            changeWaiting(of: group, by: -1)
            counters.waited += 1
            let slot = grant(group)
            virtualTime = groups[Int(group)].due
            groups[Int(group)].due += groups[Int(group)].stride
            latestDue = max(latestDue, groups[Int(group)].due)
            reschedule(group, wasServed: true)
            grants.append(Grant(waiter: waiter, slot: slot))
        }
        return grants
    }

    /// Puts a group into the schedule or takes it out, as it has waiters and room for them, or not.
    private mutating func reschedule(_ group: Int32, wasServed: Bool = false) {
        let index = Int(group)
        if groups[index].waiting > 0, groups[index].hasRoom {
            let isScheduled = schedule.contains(group)
            if isScheduled, !wasServed { return }
            if !isScheduled { groups[index].due = max(groups[index].due, virtualTime) }
            schedule.set(group, due: groups[index].due)
        } else {
            schedule.remove(group)
            if schedule.isEmpty { virtualTime = max(virtualTime, latestDue) }
        }
    }

    private mutating func changeWaiting(of group: Int32, by difference: Int) {
        let index = Int(group)
        let before = groups[index].waiting
        waiting += difference
        if waiting == 0 { servesNewestFirst = false }
        groups[index].waiting += difference
        if before == 0, groups[index].waiting > 0 {
            groups[index].backlogPlace = backlog.add(group, weight: groups[index].weight)
        } else if before > 0, groups[index].waiting == 0, let place = groups[index].backlogPlace {
            backlog.remove(place, weight: groups[index].weight)
            groups[index].backlogPlace = nil
        }
    }

    private mutating func remove(_ place: KeyedLines<W>.Ticket) -> W? {
        guard let group = lines.owner(of: place), let waiter = lines.remove(place, from: &groups[Int(group)].ring) else { return nil }
        leave(1, group)
        return waiter
    }

    /// So many waiters left their lines without a permit.
    private mutating func leave(_ count: Int, _ group: Int32) {
        guard count > 0 else { return }
        changeWaiting(of: group, by: -count)
        reschedule(group)
        freeIfIdle(group)
    }

    private mutating func freeIfIdle(_ group: Int32) {
        guard groups[Int(group)].isClosed, !groups[Int(group)].isFree, groups[Int(group)].active == 0, groups[Int(group)].waiting == 0
        else { return }
        groups[Int(group)].isFree = true
        freeGroups.append(group)
    }

    /// Who leaves the full queue for a newcomer, when that has joined; `nil` when the newcomer is refused.
    private func leaver(for key: Key, of group: Int32, _ deadline: MonotonicTime?) -> KeyedLines<W>.Ticket? {
        guard waiting > 0 else { return nil }
        let own = groups[Int(group)]
        let isBelowShare = own.waiting * backlog.weight(with: own) < waiting * own.weight
        if isBelowShare, let victim = backlog.mostOverShare(of: groups), victim != group {
            let other = groups[Int(victim)]
            // Not for a place that would leave the other group below what the newcomer's would have then.
            if other.waiting * own.weight > (own.waiting + 1) * other.weight { return lines.leaverOfLongest(in: other.ring, queue.whenFull) }
        }
        if own.waiting > 0 { return lines.leaver(for: key, deadline: deadline, in: own.ring, holding: own.waiting, queue.whenFull) }
        return rival(deadline: deadline).flatMap { lines.rivalToGo(deadline: deadline, in: groups[Int($0)].ring, queue.whenFull) }
    }

    /// The group with which a newcomer competes of whose own nobody waits: the one that has waited longest or, where deadlines
    /// count, the one with the earliest before the newcomer's. Walks all groups that wait for that.
    private func rival(deadline: MonotonicTime?) -> Int32? {
        guard queue.whenFull == .rejectEarliestDeadline else { return backlog.first }
        var soonest: (group: Int32, deadline: MonotonicTime)?
        backlog.forEach { group in
            if let due = lines.earliestDeadline(in: groups[Int(group)].ring), due < soonest?.deadline ?? deadline ?? .distantFuture { soonest = (group, due) }
        }
        return soonest?.group
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Acquisition {
        counters.countRefusal(code)
        return .refused(code, retryAfter: code == .queueFull ? retryAfter(now: patience.now) : nil)
    }
}

extension GroupLimiterStateMachine: Sendable where W: Sendable {}
extension GroupLimiterStateMachine.Grant: Sendable where W: Sendable {}
extension GroupLimiterStateMachine.Acquisition: Sendable where W: Sendable {}
