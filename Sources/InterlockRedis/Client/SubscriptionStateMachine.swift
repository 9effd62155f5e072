internal import InterlockJSON
internal import InterlockStorage

/// Who listens to which channels, and what of it the server knows.
///
/// The server is told in batches, one at a time: what it knows is what the finished ones have told it, and what is wanted meanwhile waits for the
/// next. So a cancellation never overtakes the subscription of a listener that came later.
struct SubscriptionStateMachine<Listener, Ticket> {
    /// What the server is to be told of one channel.
    struct Change: Hashable, Sendable {
        var channel: ExactName
        /// Or a cancellation.
        var isSubscription: Bool
    }

    enum Addition {
        /// The server sends the channel.
        case ready(Int)
        /// It is to be told; the ticket hears how that went.
        case waits(Int)
        case refused(StoreError)
    }

    /// Whom to tell after a change.
    struct Settlement {
        /// Their subscription stands, or has failed.
        var tickets: [Ticket] = []
        /// They may have missed something: their subscription stands again.
        var missed: [Listener] = []
    }

    fileprivate struct Entry {
        var listener: Listener
        /// Until the server has confirmed it.
        var ticket: Ticket?
    }

    fileprivate struct Channel {
        var entries: [Int: Entry] = [:]
        var isOnServer = false
        /// It is in the batch that is under way.
        var isChanging = false
    }

    private let maximumListeners: Int
    private var channels: [ExactName: Channel] = [:]
    /// Those to look at next.
    private var listed: Set<ExactName> = []
    /// Those with listeners that the server has refused since this connection stands.
    private var denied: Set<ExactName> = []
    private var changing = 0
    private var isConnected = false
    private var isShutDown = false
    private var nextNumber = 0
    private(set) var listenerCount = 0

    init(maximumListeners: Int) {
        self.maximumListeners = maximumListeners
    }

    /// Channels that somebody listens to, or that the server has yet to forget.
    var channelCount: Int { channels.count }

    mutating func add(_ listener: Listener, _ ticket: Ticket, to name: ExactName) -> Addition {
        if isShutDown { return .refused(.shutDown) }
        guard listenerCount < maximumListeners else {
            return .refused(StoreError(.full, "\(listenerCount) subscriptions stand on one Redis client, as many as it may have; cancel some"))
        }
        nextNumber += 1
        listenerCount += 1
        var channel = channels[name] ?? Channel()
        let isReady = channel.isOnServer && !channel.isChanging
        channel.entries[nextNumber] = Entry(listener: listener, ticket: isReady ? nil : ticket)
        channels[name] = channel
        if isReady { return .ready(nextNumber) }
        listed.insert(name)
        return .waits(nextNumber)
    }

    /// Somebody listens no longer; `nil` if it did not.
    mutating func remove(_ number: Int, of name: ExactName) -> Listener? {
        guard let entry = channels[name]?.entries.removeValue(forKey: number) else { return nil }
        listenerCount -= 1
        settle(name)
        return entry.listener
    }

    /// Somebody waits for its subscription no longer; `nil` when the wait has ended otherwise.
    mutating func giveUp(_ number: Int, of name: ExactName) -> Ticket? {
        guard let ticket = channels[name]?.entries[number]?.ticket else { return nil }
        _ = remove(number, of: name)
        return ticket
    }

    /// Who listens to a channel, in the order they came.
    func listeners(of name: ExactName) -> [Listener] {
        guard let entries = channels[name]?.entries else { return [] }
        return entries.sorted { $0.key < $1.key }.map(\.value.listener)
    }

    /// There is a new connection, on which the server knows nothing yet.
    mutating func connected() {
        isConnected = true
        listed = Set(channels.keys)
    }

    /// Lists what this server has refused; says whether there is something. The server's mind may have changed: rights are given as they are taken.
    mutating func askAgain() -> Bool {
        listed.formUnion(denied)
        return !denied.isEmpty
    }

    /// What the server is to be told now: at most so many changes, or none while others are under way.
    mutating func batch(_ count: Int) -> [Change] {
        guard isConnected, changing == 0 else { return [] }
        var changes: [Change] = []
        while changes.count < count, let name = listed.popFirst() {
            guard let channel = channels[name] else { continue }
            let isWanted = !channel.entries.isEmpty
            if isWanted == channel.isOnServer {
                settle(name)
            } else {
                channels[name]?.isChanging = true
                changes.append(Change(channel: name, isSubscription: isWanted))
            }
        }
        changing = changes.count
        return changes
    }

    /// The server has made a change.
    mutating func made(_ change: Change) -> Settlement {
        guard finish(change) else { return Settlement() }
        channels[change.channel]!.isOnServer = change.isSubscription
        denied.remove(change.channel)
        var settlement = Settlement()
        if change.isSubscription {
            for (number, entry) in channels[change.channel]!.entries.sorted(by: { $0.key < $1.key }) {
                if let ticket = entry.ticket { settlement.tickets.append(ticket) } else { settlement.missed.append(entry.listener) }
                channels[change.channel]!.entries[number]!.ticket = nil
            }
        }
        settle(change.channel)
        return settlement
    }

    /// The server has refused a subscription. Who was subscribed before the connection was made anew stays, for the next time it is asked for: it
    /// `isCutOff` by this refusal, unless an earlier one on this connection has done so.
    mutating func refused(_ change: Change) -> (tickets: [Ticket], isCutOff: Bool) {
        guard finish(change) else { return ([], false) }
        let tickets = takeWaiting(of: change.channel)
        if channels[change.channel]!.entries.isEmpty {
            forget(change.channel)
            return (tickets, false)
        }
        return (tickets, denied.insert(change.channel).inserted)
    }

    /// The connection is lost, or could not be made. Who waits, waits no longer; who is subscribed stays, for the next one, and hears nothing until then:
    /// those who were subscribed until now are `listeners`, in the order they came to each channel.
    mutating func lost() -> (tickets: [Ticket], listeners: [Listener]) {
        isConnected = false
        changing = 0
        (listed, denied) = ([], [])
        var (tickets, cutOff): ([Ticket], [Listener]) = ([], [])
        for name in channels.keys {
            tickets += takeWaiting(of: name)
            if channels[name]!.isOnServer { cutOff += listeners(of: name) }
            channels[name]!.isOnServer = false
            channels[name]!.isChanging = false
        }
        channels = channels.filter { !$0.value.entries.isEmpty }
        return (tickets, cutOff)
    }

    /// Nobody listens any more.
    mutating func shutDown() -> (listeners: [Listener], tickets: [Ticket]) {
        isShutDown = true
        let tickets = lost().tickets
        defer {
            channels = [:]
            listenerCount = 0
        }
        return (channels.values.flatMap { $0.entries.values.map(\.listener) }, tickets)
    }

    private mutating func finish(_ change: Change) -> Bool {
        guard channels[change.channel]?.isChanging == true else { return false }
        channels[change.channel]!.isChanging = false
        changing -= 1
        return true
    }

    /// Lists a channel whose wish is not what the server knows, and forgets one that neither needs.
    private mutating func settle(_ name: ExactName) {
        guard let channel = channels[name], !channel.isChanging else { return }
        if channel.entries.isEmpty != channel.isOnServer {
            if channel.entries.isEmpty { forget(name) }
        } else {
            listed.insert(name)
        }
    }

    private mutating func forget(_ name: ExactName) {
        channels[name] = nil
        listed.remove(name)
        denied.remove(name)
    }

    private mutating func takeWaiting(of name: ExactName) -> [Ticket] {
        let waiting = channels[name]!.entries.filter { $0.value.ticket != nil }.sorted { $0.key < $1.key }
        for (number, _) in waiting { channels[name]!.entries[number] = nil }
        listenerCount -= waiting.count
        return waiting.compactMap(\.value.ticket)
    }
}

extension SubscriptionStateMachine: Sendable where Listener: Sendable, Ticket: Sendable {}
extension SubscriptionStateMachine.Channel: Sendable where Listener: Sendable, Ticket: Sendable {}
extension SubscriptionStateMachine.Entry: Sendable where Listener: Sendable, Ticket: Sendable {}
