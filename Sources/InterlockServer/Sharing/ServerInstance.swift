/// One process among those that serve as one server.
struct ServerInstance: Sendable {
    /// Tells it from the others; unguessable.
    let id: String
    /// Where the numbers of this instance's streams begin, so that two instances that serve one session never number two streams alike.
    let streamBase: UInt32
    /// Where the ids of this instance's own requests to clients begin, for the same reason.
    let requestBase: Int64

    /// - Parameter isShared: whether other instances know the same sessions; one that is alone begins at nothing.
    init(isShared: Bool) {
        id = RandomID.make()
        // 4,096 streams of a session on one instance before the numbers repeat, by when their events have long been dropped.
        streamBase = isShared ? UInt32.random(in: 1..<1 << 20) << 12 : 0
        requestBase = isShared ? Int64.random(in: 1..<1 << 20) << 32 : 0
    }
}
