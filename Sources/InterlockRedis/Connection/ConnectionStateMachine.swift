internal import InterlockConcurrency

/// Which reply belongs to whom on one connection.
///
/// Replies come in the order of the commands, so whoever sent first is answered first. A sender who has given up leaves its place, so that its
/// late reply is dropped and the next sender gets the next reply. Places are bounded in number and in bytes.
struct ConnectionStateMachine<Sink> {
    /// What became of a command.
    enum Admission: Equatable {
        /// It has a place; the number takes the sender out again.
        case accepted(UInt64)
        /// Too many commands, or bytes of them, are unanswered.
        case full
        case closed
    }

    /// What to do with something that the server sent.
    enum Delivery {
        case deliver(Sink, took: Duration)
        /// The reply of a sender that has given up, or that wanted none.
        case drop
        /// Sent unasked.
        case push([RESPValue])
        /// A reply that nobody has asked for: the connection is of no further use.
        case unexpected
    }

    fileprivate struct Place {
        var sink: Sink?
        var bytes: Int
        var sentAt: MonotonicTime
        /// Subscriptions are confirmed by a push.
        var isAnsweredByPush: Bool
    }

    private let maximumCommands: Int
    private let maximumBytes: Int
    private var places: [Place] = []
    private var head = 0
    /// The number of the place at `head`.
    private var firstNumber: UInt64 = 0
    private(set) var isClosed = false
    private(set) var bytes = 0
    /// Replies that came after their sender had given up.
    private(set) var late = 0

    init(maximumCommands: Int, maximumBytes: Int) {
        self.maximumCommands = maximumCommands
        self.maximumBytes = maximumBytes
    }

    /// Commands without a reply, with those whose senders have given up.
    var inFlight: Int { places.count - head }

    /// Whether so many more commands would be accepted. A command larger than the bound goes alone.
    func hasRoom(commands: Int, bytes more: Int) -> Bool {
        !isClosed && inFlight + commands <= maximumCommands && (inFlight == 0 || bytes + more <= maximumBytes)
    }

    /// A command is about to be written.
    ///
    /// - Parameter sink: who wants the reply; `nil` for nobody.
    mutating func send(_ sink: Sink?, bytes size: Int, isAnsweredByPush: Bool = false, now: MonotonicTime) -> Admission {
        if isClosed { return .closed }
        guard hasRoom(commands: 1, bytes: size) else { return .full }
        return .accepted(place(sink, bytes: size, isAnsweredByPush: isAnsweredByPush, now: now))
    }

    /// A command for which there is room is about to be written; returns its number.
    mutating func place(_ sink: Sink?, bytes size: Int, isAnsweredByPush: Bool = false, now: MonotonicTime) -> UInt64 {
        precondition(!isClosed, "a command was placed on a closed connection")
        places.append(Place(sink: sink, bytes: size, sentAt: now, isAnsweredByPush: isAnsweredByPush))
        bytes += size
        return firstNumber + UInt64(inFlight) - 1
    }

    /// The server has sent a whole value.
    mutating func receive(_ value: RESPValue, now: MonotonicTime) -> Delivery {
        if isClosed { return .drop }
        if case .push(let elements) = value {
            guard inFlight > 0, places[head].isAnsweredByPush, Self.isConfirmation(elements) else { return .push(elements) }
        }
        guard inFlight > 0 else { return .unexpected }
        let place = takeFirst()
        guard let sink = place.sink else {
            late += 1
            return .drop
        }
        return .deliver(sink, took: now - place.sentAt)
    }

    /// A sender wants its reply no longer; `nil` when it has come.
    mutating func giveUp(_ number: UInt64) -> Sink? {
        guard number >= firstNumber, number - firstNumber < UInt64(inFlight) else { return nil }
        let index = head + Int(number - firstNumber)
        defer { places[index].sink = nil }
        return places[index].sink
    }

    /// The connection has ended: these will get no reply.
    mutating func close() -> [Sink] {
        isClosed = true
        defer {
            firstNumber += UInt64(inFlight)
            places = []
            head = 0
            bytes = 0
        }
        return places[head...].compactMap(\.sink)
    }

    private mutating func takeFirst() -> Place {
        let place = places[head]
        places[head].sink = nil
        head += 1
        firstNumber += 1
        bytes -= place.bytes
        if head == places.count {
            places.removeAll(keepingCapacity: places.capacity <= 4_096)
            head = 0
        } else if head >= 1_024, head * 2 >= places.count {
            places.removeFirst(head)
            head = 0
        }
        return place
    }

    private static func isConfirmation(_ push: [RESPValue]) -> Bool {
        guard let kind = push.first?.string else { return false }
        return kind == "subscribe" || kind == "unsubscribe"
    }
}

extension ConnectionStateMachine: Sendable where Sink: Sendable {}
extension ConnectionStateMachine.Place: Sendable where Sink: Sendable {}
