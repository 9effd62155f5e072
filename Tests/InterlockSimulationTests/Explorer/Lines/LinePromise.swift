import InterlockConcurrency

/// What a primitive with one place promises to those who stand in line for it, by its documentation and written the plain way.
///
/// It is told every arrival, departure, cancellation and change of depth in the moment it happens, and says who is in when,
/// and how it ends for whom. Keys take turns; within one the policy decides.
struct LinePromise {
    enum Ending: Equatable {
        case served, turnedAway, cancelled
        /// Cancelled inside, where that ends the work.
        case stopped
    }

    private struct Caller {
        let id: Int
        let due: MonotonicTime
    }

    private struct Line {
        let key: Int
        /// In the order they came.
        var callers: [Caller]
        /// The numbers of the same in the order of service, where that is settled as they come.
        var order: [Int]
    }

    private let policy: QueueConfiguration.FullPolicy
    private let traits: LineTraits
    private var depth: Int
    private var ring: [Line] = []
    private var newestFirst = false
    private var holder: Int?
    /// Who was let in, one after the other.
    private(set) var granted: [Int] = []
    private(set) var endings: [Int: Ending] = [:]

    init(_ queue: QueueConfiguration, _ traits: LineTraits) {
        policy = queue.whenFull
        depth = queue.depth
        self.traits = traits
    }

    private var waiting: Int { ring.reduce(0) { $0 + $1.callers.count } }

    mutating func arrive(_ id: Int, key: Int, due: MonotonicTime, isCancelled: Bool) {
        if isCancelled, traits.refusesCancelledAtOnce || holder != nil {
            endings[id] = .cancelled
            return
        }
        if holder == nil, !traits.servesWhenAsked { return grant(id) }
        let needsNoPlace = holder == nil && waiting == 0
        var leaver: (place: Int, id: Int)?
        if !needsNoPlace, waiting >= depth {
            leaver = self.leaver(for: key, due: due)
            guard leaver != nil else {
                endings[id] = .turnedAway
                return
            }
            newestFirst = newestFirst || policy == .newestFirstUnderOverload
        }
        let caller = Caller(id: id, due: due)
        if let place = ring.firstIndex(where: { $0.key == key }) {
            ring[place].callers.append(caller)
            ring[place].order.insert(id, at: newestFirst ? min(1, ring[place].order.count) : ring[place].order.count)
        } else {
            ring.append(Line(key: key, callers: [caller], order: [id]))
        }
        // Only now: a key whose only caller is replaced by its next keeps its turn.
        if let leaver { endings[take(leaver).id] = .turnedAway }
    }

    /// Who is in leaves, and whose turn is next comes in.
    mutating func leave() {
        holder = nil
        if !traits.servesWhenAsked { serveNext() }
    }

    /// Where one comes in only when the place asks for the next.
    mutating func serveNext() {
        guard holder == nil, let line = ring.first else { return }
        let id = traits.keepsNext ? line.order[0] : newestFirst ? line.callers.last!.id : line.callers[0].id
        let caller = take((place: 0, id: id))
        // Its line goes to the end of the ring, if anybody stands in it still.
        if ring.first?.key == line.key { ring.append(ring.removeFirst()) }
        grant(caller.id)
    }

    mutating func cancel(_ id: Int) {
        if let place = ring.firstIndex(where: { $0.order.contains(id) }) {
            _ = take((place: place, id: id))
            endings[id] = .cancelled
        } else if holder == id, traits.stopsAtWork {
            endings[id] = .stopped
        }
    }

    mutating func setDepth(_ depth: Int) { self.depth = depth }

    private mutating func grant(_ id: Int) {
        holder = id
        granted.append(id)
        endings[id] = .served
    }

    /// Who makes place for a newcomer; `nil` when that one is refused.
    private func leaver(for key: Int, due: MonotonicTime) -> (place: Int, id: Int)? {
        let own = ring.first { $0.key == key }?.callers.count ?? 0
        // A key with less than its share gets a place of the longest line, unless that would only exchange one for the other.
        if own * ring.count < waiting, let longest = ring.map(\.callers.count).max(), longest > own + 1,
            let place = ring.firstIndex(where: { $0.callers.count == longest })
        {
            let callers = ring[place].callers
            switch policy {
            case .rejectNewest: return (place, callers.last!.id)
            case .rejectOldest, .newestFirstUnderOverload: return (place, callers[0].id)
            case .rejectEarliestDeadline: return (place, earliest([place], before: .distantFuture)?.id ?? callers.last!.id)
            }
        }
        // Otherwise it competes with those of its key or, if there are none, with all.
        let rivals = ring.indices.filter { own == 0 || ring[$0].key == key }
        switch policy {
        case .rejectNewest: return nil
        case .rejectOldest, .newestFirstUnderOverload: return rivals.first.map { ($0, ring[$0].callers[0].id) }
        case .rejectEarliestDeadline: return earliest(rivals, before: due)
        }
    }

    private func earliest(_ places: [Int], before bound: MonotonicTime) -> (place: Int, id: Int)? {
        var found: (place: Int, id: Int)?
        var soonest = bound
        for place in places {
            for caller in ring[place].callers where caller.due < soonest { (found, soonest) = ((place, caller.id), caller.due) }
        }
        return found
    }

    private mutating func take(_ at: (place: Int, id: Int)) -> Caller {
        let index = ring[at.place].callers.firstIndex { $0.id == at.id }!
        let caller = ring[at.place].callers.remove(at: index)
        ring[at.place].order.removeAll { $0 == at.id }
        if ring[at.place].callers.isEmpty { ring.remove(at: at.place) }
        if ring.isEmpty { newestFirst = false }
        return caller
    }
}
