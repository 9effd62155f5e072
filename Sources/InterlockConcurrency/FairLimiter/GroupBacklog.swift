/// The groups that have somebody waiting, in the schedule or outside, and what they weigh together.
struct GroupBacklog: Sendable {
    typealias Ticket = LinkedSlab<Int32>.Ticket

    private var places = LinkedSlab<Int32>()
    private var list = LinkedSlab<Int32>.List()
    /// The sum of their weights.
    var weight = 0

    var count: Int { list.count }

    mutating func add(_ group: Int32, weight: Int) -> Ticket {
        self.weight += weight
        return places.append(group, to: &list)
    }

    mutating func remove(_ ticket: Ticket, weight: Int) {
        if places.remove(ticket, from: &list) != nil { self.weight -= weight }
    }

    /// The sum of weights once this group waits too.
    func weight<W>(with group: GroupRecord<W>) -> Int {
        group.waiting > 0 ? weight : weight + group.weight
    }

    /// The group that has had somebody waiting for longest.
    var first: Int32? { places.first(of: list).flatMap { places[$0] } }

    /// Walks all groups, the one that has waited longest first.
    func forEach(_ body: (Int32) -> Void) {
        var cursor = places.first(of: list)
        while let place = cursor, let group = places[place] {
            body(group)
            cursor = places.next(after: place)
        }
    }

    /// The group with the most waiters for its weight, the first of several equal ones. Walks them all.
    func mostOverShare<W>(of groups: [GroupRecord<W>]) -> Int32? {
        var best: Int32?
        forEach { group in
            guard let leader = best else {
                best = group
                return
            }
            let (a, b) = (groups[Int(group)].waiting * groups[Int(leader)].weight, groups[Int(leader)].waiting * groups[Int(group)].weight)
            if a > b { best = group }
        }
        return best
    }
}
