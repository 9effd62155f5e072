import InterlockConcurrency

/// What open dashboards know and what they have yet to be told. Pure.
///
/// Each section carries the number of the moment at which it last changed, and a listener the number of the last moment it
/// was told of. So a slow listener skips moments and misses nothing: it gets what has changed since, however long that was.
struct FeedStateMachine<W> {
    /// What one listener is to be told.
    struct Update {
        /// The moment it knows with this.
        var moment: Int
        /// Whether it has to forget what it knew.
        var isComplete: Bool
        var sections: [(name: String, json: [UInt8])]
        var points: [LoadPoint]
    }

    enum Answer {
        case update(Update)
        /// Nothing has happened since: the waiter is kept until something does.
        case wait
        case ended
    }

    private struct Section {
        var name: String
        var json: [UInt8]
        var changedAt: Int
    }

    /// Counts from 1; 0 is a listener that knows nothing.
    private(set) var moment = 0
    private var sections: [Section] = []
    private var points = RingBuffer<(moment: Int, point: LoadPoint)>(capacity: LoadHistory.points)
    private var waiters: [(id: Int, waiter: W)] = []
    private var hasEnded = false
    private(set) var listeners = 0
    private let maximumListeners: Int

    init(maximumListeners: Int) { self.maximumListeners = maximumListeners }

    /// A listener comes; false if there are enough.
    mutating func join() -> Bool {
        guard listeners < maximumListeners, !hasEnded else { return false }
        listeners += 1
        return true
    }

    mutating func leave() { listeners -= 1 }

    /// A moment has passed. Returns who waited for it.
    mutating func advance(_ now: [(name: String, json: [UInt8])], _ point: LoadPoint) -> [W] {
        moment += 1
        for (name, json) in now {
            guard let index = sections.firstIndex(where: { $0.name == name }) else {
                sections.append(Section(name: name, json: json, changedAt: moment))
                continue
            }
            if sections[index].json != json { sections[index] = Section(name: name, json: json, changedAt: moment) }
        }
        points.append((moment, point))
        return takeWaiters()
    }

    /// What a listener that knows everything up to `known` is to be told.
    mutating func next(after known: Int, id: Int, _ waiter: W) -> Answer {
        if hasEnded { return .ended }
        guard moment > known else {
            waiters.append((id, waiter))
            return .wait
        }
        return .update(Update(
            moment: moment, isComplete: known == 0, sections: sections.filter { $0.changedAt > known }.map { ($0.name, $0.json) },
            points: points.filter { $0.moment > known }.map(\.point)))
    }

    /// Gives up waiting; `nil` if the waiter was told already.
    mutating func abandon(id: Int) -> W? {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return nil }
        return waiters.remove(at: index).waiter
    }

    /// There will be no more moments. Returns who waits for one.
    mutating func end() -> [W] {
        hasEnded = true
        return takeWaiters()
    }

    private mutating func takeWaiters() -> [W] {
        defer { waiters = [] }
        return waiters.map(\.waiter)
    }
}

extension FeedStateMachine: Sendable where W: Sendable {}
