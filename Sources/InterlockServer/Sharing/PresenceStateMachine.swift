import InterlockConcurrency
import InterlockStorage

/// Whether this instance counts as alive, whom it follows streams of, and whether it may judge others. Pure.
///
/// Only who has been in touch with the store for a whole lease without a break says of another that it is gone: after an outage, or a
/// pause of its own, everybody's lease has lapsed and all get the time to come back.
struct PresenceStateMachine {
    /// A stream of another instance that a client follows here.
    struct Followed: Sendable {
        var session: String
        var stream: UInt32
        var owner: StreamOwner
        /// The number of the newest event that has been handed on.
        var reached: @Sendable () -> UInt32
    }

    enum Action: Equatable { case acquire, renew(Lease) }

    private let duration: Duration
    private(set) var lease: Lease?
    private var inTouchSince: MonotonicTime?
    private var followed: [String: [Int: Followed]] = [:]
    private var nextNumber = 0

    init(duration: Duration) {
        self.duration = duration
    }

    /// What has to be done for the own lease.
    var next: Action { lease.map(Action.renew) ?? .acquire }

    mutating func acquired(_ lease: Lease, now: MonotonicTime) {
        self.lease = lease
        inTouchSince = now
    }

    mutating func renewed(now: MonotonicTime) {
        if inTouchSince == nil { inTouchSince = now }
    }

    /// The lease has passed: others may have taken this instance's streams over.
    mutating func lapsed() {
        lease = nil
        inTouchSince = nil
    }

    /// The store gave no answer. The lease may last or not; the next renewal shows it.
    mutating func lostTouch() {
        inTouchSince = nil
    }

    /// The instances that are to be looked at now.
    func suspects(now: MonotonicTime) -> [String] {
        guard let inTouchSince, lease != nil, now - inTouchSince >= duration else { return [] }
        return followed.keys.sorted()
    }

    func streams(of owner: String) -> [(number: Int, stream: Followed)] {
        (followed[owner] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    mutating func follow(_ stream: Followed) -> Int {
        nextNumber += 1
        followed[stream.owner.instance, default: [:]][nextNumber] = stream
        return nextNumber
    }

    mutating func leave(_ number: Int, of owner: String) {
        followed[owner]?[number] = nil
        if followed[owner]?.isEmpty == true { followed[owner] = nil }
    }

    /// Streams followed now.
    var count: Int { followed.values.reduce(0) { $0 + $1.count } }
}
