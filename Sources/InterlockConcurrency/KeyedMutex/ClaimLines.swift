/// Lines in which a request stands for several things at once, and what it waits for: to be at the head of all its lines.
///
/// All places are taken in one step, so two requests that share lines are in the same order in all of them, and some
/// request is always at the head of all of its own.
struct ClaimLines: Sendable {
    /// Whoever stands in line.
    typealias Request = SlabTicket

    /// The place of a request in one line.
    struct Place: Sendable {
        let line: Int32
        let request: Request
        /// The place of the same request in its next line.
        let sibling: LinkedSlab<Place>.Ticket?
    }

    /// The places of one request, and at how many of them it is not at the head.
    struct Claim: Sendable {
        var missing = 0
        fileprivate(set) var firstPlace: LinkedSlab<Place>.Ticket?
    }

    private var lines: [LinkedSlab<Place>.List] = []
    private var places = LinkedSlab<Place>()

    /// Whether nobody stands in a line.
    func isFree(_ line: Int32) -> Bool {
        Int(line) >= lines.count || lines[Int(line)].isEmpty
    }

    /// Takes a place at the end of each line; a line that is named twice counts once.
    mutating func join(_ request: Request, _ wanted: some Sequence<Int32>) -> Claim {
        var claim = Claim()
        for line in wanted {
            let index = Int(line)
            while lines.count <= index { lines.append(.init()) }
            // The same line again: this request came last to it a moment ago.
            if let last = places.last(of: lines[index]), places[last]?.request == request { continue }
            if !lines[index].isEmpty { claim.missing += 1 }
            let place = Place(line: line, request: request, sibling: claim.firstPlace)
            claim.firstPlace = places.append(place, to: &lines[index])
        }
        return claim
    }

    /// Who stands at the head of a line.
    func head(of line: Int32) -> Request? {
        Int(line) < lines.count ? places.first(of: lines[Int(line)]).flatMap { places[$0]?.request } : nil
    }

    /// Takes a place in each line before everybody but a head that stays; lines are named once. Other heads are heads no longer.
    mutating func joinFirst(_ request: Request, _ wanted: [(line: Int32, headStays: Bool)]) -> Claim {
        var claim = Claim()
        for (line, headStays) in wanted {
            let index = Int(line)
            while lines.count <= index { lines.append(.init()) }
            if headStays { claim.missing += 1 }
            let place = Place(line: line, request: request, sibling: claim.firstPlace)
            claim.firstPlace = places.insert(place, after: headStays ? places.first(of: lines[index]) : nil, in: &lines[index])
        }
        return claim
    }

    /// Takes a place right behind another request in each line; the other stands in all of them.
    mutating func join(_ request: Request, _ wanted: [Int32], behind other: Claim) -> Claim {
        var claim = Claim(missing: wanted.count)
        var next = other.firstPlace
        while let ticket = next, let place = places[ticket] {
            if wanted.contains(place.line) {
                let own = Place(line: place.line, request: request, sibling: claim.firstPlace)
                claim.firstPlace = places.insert(own, after: ticket, in: &lines[Int(place.line)])
            }
            next = place.sibling
        }
        return claim
    }

    /// Leaves all lines. Returns who has come to the head of one by it; who has come to the head of several, as often.
    mutating func leave(_ claim: Claim) -> [Request] {
        var heads: [Request] = []
        var next = claim.firstPlace
        while let place = next {
            guard let left = places[place] else { preconditionFailure("a request has lost its place in a line") }
            let index = Int(left.line)
            let wasHead = places.first(of: lines[index]) == place
            _ = places.remove(place, from: &lines[index])
            if wasHead, let head = places.first(of: lines[index]).flatMap({ places[$0] }) { heads.append(head.request) }
            next = left.sibling
        }
        return heads
    }
}
