import InterlockConcurrency
import InterlockProtocol

/// The sessions of one moment: how many, how old, of which revisions.
public struct SessionReport: Sendable, Hashable {
    /// Sessions up to an age.
    public struct AgeGroup: Sendable, Hashable {
        /// The oldest a session of this group may be, itself not included; `nil` for the group of all older ones.
        public var below: Duration?
        /// Sessions in the group and in no younger one.
        public var count: Int
    }

    /// The ages that divide the groups.
    static let bounds: [Duration] = [.seconds(60), .seconds(600), .seconds(3_600), .seconds(4 * 3_600)]

    /// Live sessions.
    public var count: Int
    /// Sessions and duplex connections there may be at once.
    public var limit: Int
    /// Clients that wait for a place.
    public var waiting: Int
    /// How old they are, youngest group first.
    public var ages: [AgeGroup]
    /// How many of each revision; those without sessions are not there.
    public var revisions: [String: Int]

    init(_ sessions: [Session], limit: Int, waiting: Int, now: MonotonicTime) {
        count = sessions.count
        self.limit = limit
        self.waiting = waiting
        var groups = Self.bounds.map { AgeGroup(below: $0, count: 0) } + [AgeGroup(below: nil, count: 0)]
        var revisions: [String: Int] = [:]
        for session in sessions {
            let age = now - session.createdAt
            groups[Self.bounds.firstIndex { age < $0 } ?? Self.bounds.count].count += 1
            revisions[session.revision.rawValue, default: 0] += 1
        }
        ages = groups
        self.revisions = revisions
    }
}
