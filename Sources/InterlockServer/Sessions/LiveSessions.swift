import InterlockConcurrency

/// Sessions by their ids, in places that have numbers, so that some can be drawn without going through all.
struct LiveSessions {
    /// In no order that means anything.
    private(set) var all: [Session] = []
    private var places: [String: Int] = [:]

    var count: Int { all.count }
    var isEmpty: Bool { all.isEmpty }

    subscript(id: String) -> Session? { places[id].map { all[$0] } }

    /// Enters a session in place of the one that had its id, if there was one.
    mutating func insert(_ session: Session) {
        if let place = places[session.id] {
            all[place] = session
        } else {
            places[session.id] = all.count
            all.append(session)
        }
    }

    /// Takes out the session of this id; the last one moves into its place.
    mutating func remove(_ id: String) {
        guard let place = places.removeValue(forKey: id) else { return }
        let last = all.removeLast()
        guard place < all.count else { return }
        all[place] = last
        places[last.id] = place
    }

    /// So many at most, drawn each by itself; of few all.
    func drawn(_ count: Int, _ random: RandomSource) -> [Session] {
        guard count < all.count else { return all }
        return (0..<count).map { _ in all[random.number(below: all.count)] }
    }

    /// So many at most from a place on, going round; none twice.
    func following(_ place: Int, _ count: Int) -> [Session] {
        (0..<min(count, all.count)).map { all[(place + $0) % all.count] }
    }
}
