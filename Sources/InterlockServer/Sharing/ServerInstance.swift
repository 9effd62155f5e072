/// One process among those that serve as one server.
struct ServerInstance: Sendable {
    /// Tells it from the others; unguessable.
    let id: String
    private let isShared: Bool

    /// - Parameter isShared: whether sessions are kept where others find them, or this one again when it has let go of them.
    init(isShared: Bool) {
        id = RandomID.make()
        self.isShared = isShared
    }

    /// Where the numbers of a session's streams begin, another time each time that it becomes live: whoever serves it next, on another instance or here,
    /// numbers no stream as one was before. Zero where a session has one life.
    func streamBase() -> UInt32 {
        // 4,096 streams of one life before they run into what may be another's, by when their events have long been dropped. Two thousand million more fit
        // above the highest.
        isShared ? UInt32.random(in: 1..<1 << 19) << 12 : 0
    }

    /// Where the ids of this server's own requests to a session's client begin, for the same reason.
    func requestBase() -> Int64 { isShared ? Int64.random(in: 1..<1 << 20) << 32 : 0 }
}
