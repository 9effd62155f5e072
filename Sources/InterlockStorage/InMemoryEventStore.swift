internal import InterlockJSON
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

    /// Streams that anything is known of, if only that their events are gone.
    var streamCount: Int { state.withLock { $0.logs.count } }

    /// What one event is charged beyond its data.
    static let overhead = 96

    private struct StreamKey: Hashable {
        /// By its bytes: a session that merely reads the same is another one.
        var session: ExactName
        var stream: UInt32
    }

    /// One place in the order of arrival.
    private struct Place {
        var key: StreamKey
        var log: UInt64
    }

    private struct Log {
        /// Tells it from an earlier one of the same stream, whose session was removed.
        var number: UInt64
        /// Highest sequence number that was dropped for want of room; 0 if none.
        var droppedThrough: UInt32 = 0
        var events: [StoredEvent] = []
    }

    private struct State {
        let maximumBytes: Int
        var bytes = 0
        var logs: [StreamKey: Log] = [:]
        var streams: [ExactName: Set<UInt32>] = [:]
        var nextLog: UInt64 = 0
        var liveEvents = 0
        /// The stream of every event in the order of arrival, from `head` on; entries of removed sessions stay until they are compacted.
        var order: [Place] = []
        var head = 0

        mutating func append(_ event: StoredEvent) {
            let key = StreamKey(session: ExactName(text: event.session), stream: event.stream)
            order.append(Place(key: key, log: keep(event, in: key)))
            bytes += event.data.count + InMemoryEventStore.overhead
            liveEvents += 1
            while bytes > maximumBytes, dropOldest() {}
            compactOrder()
        }

        /// Returns the number of the log.
        private mutating func keep(_ event: StoredEvent, in key: StreamKey) -> UInt64 {
            if let number = logs[key]?.number {
                logs[key]?.events.append(event)
                return number
            }
            nextLog += 1
            logs[key] = Log(number: nextLog, events: [event])
            streams[key.session, default: []].insert(key.stream)
            return nextLog
        }

        /// Drops the oldest event of all; false if there is none.
        private mutating func dropOldest() -> Bool {
            while head < order.count {
                let (key, number) = (order[head].key, order[head].log)
                head += 1
                guard var log = logs[key], log.number == number, let first = log.events.first else { continue }
                logs[key] = nil
                log.events.removeFirst()
                log.droppedThrough = first.sequence
                bytes -= first.data.count + InMemoryEventStore.overhead
                liveEvents -= 1
                // Of a stream that has ended with its last event nothing can be missed any more: nothing is known of it from here on.
                if log.events.isEmpty && first.isLast { forget(key) } else { logs[key] = log }
                return true
            }
            return false
        }

        private mutating func forget(_ key: StreamKey) {
            logs[key] = nil
            streams[key.session]?.remove(key.stream)
            if streams[key.session]?.isEmpty == true { streams[key.session] = nil }
        }

        private mutating func compactOrder() {
            guard order.count > 2 * liveEvents + 1024 else { return }
            order = order[head...].filter { logs[$0.key]?.number == $0.log }
            head = 0
        }

        func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? {
            guard let log = logs[StreamKey(session: ExactName(text: session), stream: stream)], log.droppedThrough <= sequence else { return nil }
            return log.events.filter { $0.sequence > sequence }
        }

        mutating func remove(session: String) {
            let session = ExactName(text: session)
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
