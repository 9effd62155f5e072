import Synchronization

/// Takes snapshots as long as the census answers, and remembers why it does not any more.
final class ObjectObserver: Sendable {
    private struct Seen {
        var last: ObjectSnapshot
        var failure: String?
    }

    private let census: any ObjectCensus
    private let seen: Mutex<Seen>

    /// Takes the first snapshot. Throws where nobody answers it.
    init(_ census: any ObjectCensus) async throws {
        self.census = census
        seen = Mutex(Seen(last: try await census.snapshot()))
    }

    /// A snapshot; `nil` once one has failed, which ``notes(_:)`` tells.
    func snapshot() async throws -> ObjectSnapshot? {
        if seen.withLock({ $0.failure != nil }) { return nil }
        do {
            let snapshot = try await census.snapshot()
            // interlock:allow stale-state because a failure is never taken back, and the newest snapshot counts whoever took it
            seen.withLock { $0.last = snapshot }
            return snapshot
        } catch let error as ObjectCensusError {
            // interlock:allow stale-state because any failure tells why there are no more
            seen.withLock { $0.failure = error.message }
            return nil
        }
    }

    /// What the server runs on: a program with Swift's runtime linked in cannot be told from others until its objects are seen.
    func runtime(_ guess: ServerRuntimeKind) -> ServerRuntimeKind {
        guess == .unknown && seen.withLock { $0.last.hasSwiftObjects } ? .swift : guess
    }

    /// What the reader of the figures must know.
    func notes(_ runtime: ServerRuntimeKind) -> [String] {
        let seen = seen.withLock(\.self)
        var notes: [String] = []
        if let failure = seen.failure { notes.append("objects were not counted to the end: \(failure)") }
        if seen.last.lost.count > 0 {
            notes.append("\(seen.last.lost.count) blocks (\(seen.last.lost.bytes) bytes) were not counted: the census keeps 7.8 million at a time")
        }
        if !seen.last.hasSwiftObjects {
            notes.append("no Swift object was found: the census knows objects of the Swift runtime only, and this server runs on \(runtime.rawValue)")
        }
        return notes
    }
}
