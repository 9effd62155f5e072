internal import InterlockProtocol

/// What a subscription has told and not yet handed over. Pure.
///
/// Equal changes that nobody has read yet are one change: to hear twice that a list has changed tells no more than
/// once. When even the different ones are too many, the oldest give way and are counted.
struct SubscriptionStateMachine<Reader: Sendable>: Sendable {
    /// What a reader gets.
    enum Delivery: Sendable {
        case change(ServerChange)
        /// The subscription has ended, with an error unless it ended as it should.
        case ended(ClientError?)
    }

    /// What to do for a reader who asks.
    enum Read: Sendable {
        case deliver(Delivery)
        case wait(UInt64)
    }

    private let capacity: Int
    private var changes: [ServerChange] = []
    private var readers: [(id: UInt64, reader: Reader)] = []
    private var nextReader: UInt64 = 0
    private var end: ClientError??
    private(set) var dropped = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// Notes a change. Returns the reader who gets it at once.
    mutating func push(_ change: ServerChange) -> Reader? {
        if end != nil { return nil }
        if !readers.isEmpty { return readers.removeFirst().reader }
        if changes.contains(change) { return nil }
        if changes.count == capacity {
            changes.removeFirst()
            dropped += 1
        }
        changes.append(change)
        return nil
    }

    /// Ends the subscription; what was noted is still delivered. Returns the readers to tell; `nil` if it had ended.
    mutating func finish(_ error: ClientError?) -> [Reader]? {
        if end != nil { return nil }
        end = .some(error)
        defer { readers = [] }
        return readers.map(\.reader)
    }

    mutating func read(_ reader: Reader) -> Read {
        if !changes.isEmpty { return .deliver(.change(changes.removeFirst())) }
        if let end { return .deliver(.ended(end)) }
        nextReader += 1
        readers.append((nextReader, reader))
        return .wait(nextReader)
    }

    /// Takes a reader out of the line; `nil` when it has been served.
    mutating func cancelRead(_ id: UInt64) -> Reader? {
        guard let index = readers.firstIndex(where: { $0.id == id }) else { return nil }
        return readers.remove(at: index).reader
    }
}
