import Synchronization

/// Events in memory under a budget of bytes.
public final class InMemoryEventStore: EventStore {
    private let state: Mutex<State>

    /// - Parameter maximumBytes: the budget over all sessions; every event counts its data plus a fixed overhead.
    public init(maximumBytes: Int = 64 << 20) {
        precondition(maximumBytes > 0, "InMemoryEventStore(maximumBytes: \(maximumBytes)): the budget must be positive")
        state = Mutex(State(maximumBytes: maximumBytes))
    }

    public func append(_ event: StoredEvent) {
        state.withLock { $0.append(event) }
    }

    public func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? {
        state.withLock { $0.events(session: session, stream: stream, after: sequence) }
    }

    public func remove(session: String) {
        state.withLock { $0.remove(session: session) }
    }

    public var storedBytes: Int {
        state.withLock { $0.bytes }
    }

    /// What one event is charged beyond its data.
    static let overhead = 96

    private struct StreamKey: Hashable {
        var session: String
        var stream: UInt32
    }

    private struct Log {
        /// Highest sequence number that was dropped for want of room; 0 if none.
        var droppedThrough: UInt32 = 0
        var events: [StoredEvent] = []
    }

    private struct State {
        let maximumBytes: Int
        var bytes = 0
        var logs: [StreamKey: Log] = [:]
        var streams: [String: Set<UInt32>] = [:]
        var liveEvents = 0
        /// The stream of every event in the order of arrival, from `head` on; entries of removed sessions stay until they are compacted.
        var order: [StreamKey] = []
        var head = 0

        mutating func append(_ event: StoredEvent) {
            let key = StreamKey(session: event.session, stream: event.stream)
            logs[key, default: Log()].events.append(event)
            streams[event.session, default: []].insert(event.stream)
            order.append(key)
            bytes += event.data.count + InMemoryEventStore.overhead
            liveEvents += 1
            while bytes > maximumBytes, dropOldest() {}
            compactOrder()
        }

        /// Drops the oldest event of all; false if there is none.
        private mutating func dropOldest() -> Bool {
            while head < order.count {
                let key = order[head]
                head += 1
                guard var log = logs[key], let first = log.events.first else { continue }
                logs[key] = nil
                log.events.removeFirst()
                log.droppedThrough = first.sequence
                bytes -= first.data.count + InMemoryEventStore.overhead
                liveEvents -= 1
                logs[key] = log
                return true
            }
            return false
        }

        private mutating func compactOrder() {
            guard order.count > 2 * liveEvents + 1024 else { return }
            order = order[head...].filter { logs[$0] != nil }
            head = 0
        }

        func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? {
            guard let log = logs[StreamKey(session: session, stream: stream)], log.droppedThrough <= sequence else { return nil }
            return log.events.filter { $0.sequence > sequence }
        }

        mutating func remove(session: String) {
            guard let numbers = streams.removeValue(forKey: session) else { return }
            for stream in numbers {
                guard let log = logs.removeValue(forKey: StreamKey(session: session, stream: stream)) else { continue }
                for event in log.events { bytes -= event.data.count + InMemoryEventStore.overhead }
                liveEvents -= log.events.count
            }
            compactOrder()
        }
    }
}
