/// What lived on the heap of a server at one moment, by type.
public struct ObjectSnapshot: Sendable, Hashable {
    /// What blocks of memory are counted under.
    public enum Kind: Sendable, Hashable, CustomStringConvertible {
        /// Objects of the Swift runtime: instances of a class, boxes, contexts of closures, tasks. The name is the type's, with its module and as
        /// far as possible with its generic arguments; types of Swift's own module stand without it.
        case swift(String)
        /// Blocks from malloc that are no Swift object, of at most so many bytes and more than half of that.
        case other(upTo: Int)

        public var description: String {
            switch self {
            case .swift(let name): name
            case .other(let most): "no Swift object, \(most <= 16 ? 0 : most / 2 + 1) to \(most) bytes"
            }
        }

        /// Whether it names a type.
        public var isNamed: Bool {
            switch self {
            case .swift: true
            case .other: false
            }
        }
    }

    /// A number of blocks and what they add up to.
    public struct Tally: Sendable, Hashable {
        public var count: Int
        /// As they were asked for, without what the allocator adds to each.
        public var bytes: Int

        public init(count: Int = 0, bytes: Int = 0) {
            self.count = count
            self.bytes = bytes
        }

        static func += (tally: inout Tally, more: Tally) {
            tally.count += more.count
            tally.bytes += more.bytes
        }
    }

    public var tallies: [Kind: Tally]
    /// Live blocks for which the census had no room, counted since the process began: they are in no tally.
    public var lost: Tally
    /// What the census itself has of the process's memory, in bytes.
    public var ownBytes: Int
    /// The processes that were counted: the server's and those of its descendants that were started with the census.
    public var processes: [Int32]

    public init(tallies: [Kind: Tally] = [:], lost: Tally = Tally(), ownBytes: Int = 0, processes: [Int32] = []) {
        self.tallies = tallies
        self.lost = lost
        self.ownBytes = ownBytes
        self.processes = processes
    }

    /// Adds what lived in another process at the same moment.
    public mutating func add(_ other: ObjectSnapshot) {
        for (kind, tally) in other.tallies { tallies[kind, default: Tally()] += tally }
        lost += other.lost
        ownBytes += other.ownBytes
        processes += other.processes
    }

    /// Whether any object of the Swift runtime was there; none is in a server in another language.
    public var hasSwiftObjects: Bool { tallies.keys.contains(where: \.isNamed) }
}
