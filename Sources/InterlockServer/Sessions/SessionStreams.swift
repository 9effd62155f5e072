import InterlockStorage
import InterlockTransport
import Synchronization

/// The resumable streams of one Streamable HTTP session (2025-11-25, Base Protocol › Transports › Resumability and Redelivery).
///
/// The first stream carries what belongs to no request; every request that needs a stream gets a number of its own. Each event is kept in
/// the event store before it is sent, so that a client which lost its connection can ask for what it missed.
final class SessionStreams: Sendable {
    /// One stream: where its next event goes, if anywhere.
    private struct Stream {
        var sequence: UInt32 = 0
        var sink: (any EventSink)?
        var hasEnded = false
        /// As whom this instance writes it, where others can take it over.
        var owner: StreamOwner?
        /// Another instance has taken it over: what it holds is not what the others know.
        var isLost = false
    }

    private struct State {
        var streams: [UInt32: Stream] = [:]
        var nextStream: UInt32
        /// The session's own stream; a new one when another instance has ended it.
        var serverStream: UInt32
        var hasEnded = false
        /// Streams that have sent their response, oldest first; they can be asked for until too many have followed.
        var finished: [UInt32] = []

        mutating func retire(_ number: UInt32) {
            finished.append(number)
            guard finished.count > SessionStreams.retainedStreams else { return }
            streams[finished.removeFirst()] = nil
        }
    }

    /// Finished streams of one session that can still be resumed.
    static let retainedStreams = 64

    /// Told to clients in the priming event: how long to wait before reconnecting.
    static let retryMilliseconds = 1_000

    let session: String
    private let store: any EventStore
    private let shared: (any SharedEventStore)?
    let presence: InstancePresence?
    private let state: Mutex<State>
    /// Who listens here to streams that another instance writes.
    let followed = Mutex(FollowedSinks())

    /// - Parameters:
    ///   - base: the number of the session's own stream; those of requests follow.
    ///   - presence: ends the streams of instances that are lost; `nil` where there is only one.
    init(session: String, store: any EventStore, base: UInt32 = 0, presence: InstancePresence? = nil) {
        self.session = session
        self.store = store
        self.shared = store as? any SharedEventStore
        self.presence = presence
        self.state = Mutex(State(nextStream: base + 1, serverStream: base))
    }

    /// The number of the session's own stream.
    var serverStream: UInt32 { state.withLock { $0.serverStream } }

    static func eventID(stream: UInt32, sequence: UInt32) -> String { "\(stream)-\(sequence)" }

    static func parse(_ id: String) -> (stream: UInt32, sequence: UInt32)? {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        // An event follows each: none has the last number.
        guard parts.count == 2, let stream = UInt32(parts[0]), let sequence = UInt32(parts[1]), sequence < .max else { return nil }
        return (stream, sequence)
    }

    /// Whether what is said of a stream in a ``StreamNote`` is ever read.
    var leavesNotes: Bool { presence != nil }

    /// A number for the stream of one request.
    ///
    /// - Parameter note: what others tell the client when this instance is lost.
    func open(_ sink: any EventSink, note: StreamNote? = nil) -> UInt32 {
        let owner = note.flatMap { presence?.owner($0) }
        return state.withLock { state in
            defer { state.nextStream += 1 }
            // Of a session that has ended nothing is kept; what is sent on the number is told so.
            if !state.hasEnded { state.streams[state.nextStream] = Stream(sink: sink, owner: owner) }
            return state.nextStream
        }
    }

    /// Keeps one event and sends it if the stream is connected. Order is the order of calls.
    @discardableResult
    func send(_ data: [UInt8], on number: UInt32, isLast: Bool = false, retryMilliseconds: Int? = nil) -> SendOutcome {
        // Storing and sending happen under the lock, so that a resumption can neither miss an event nor get one twice; both are short and never wait.
        state.withLock { state in
            guard !state.hasEnded else { return .closed }
            var stream = state.streams[number] ?? Stream()
            guard !stream.hasEnded else { return .closed }
            stream.sequence += 1
            stream.hasEnded = isLast
            keep(StoredEvent(session: session, stream: number, sequence: stream.sequence, data: data, isLast: isLast), of: stream)
            let id = Self.eventID(stream: number, sequence: stream.sequence)
            if let sink = stream.sink {
                switch sink.send(OutboundEvent(data: data, id: id, retryMilliseconds: retryMilliseconds)) {
                case .sent: break
                case .full: // A client too slow for its budget is cut off; what it missed is in the store.
                    stream.sink = nil
                    sink.close()
                case .closed: stream.sink = nil
                }
                if isLast { sink.close(); stream.sink = nil }
            }
            state.streams[number] = stream
            if isLast { state.retire(number) }
            return .sent
        }
    }

    private func keep(_ event: StoredEvent, of stream: Stream) {
        guard let shared, let owner = stream.owner else { return store.append(event) }
        shared.append(event, by: owner) { [weak self] in self?.lose(event.stream) }
    }

    /// Another instance has ended the stream: nothing more is sent on it from here.
    private func lose(_ number: UInt32) {
        let sink: (any EventSink)? = state.withLock { state in
            guard let stream = state.streams[number], !stream.isLost else { return nil }
            state.streams[number] = Stream(sequence: stream.sequence, hasEnded: true, isLost: true)
            state.retire(number)
            if number == state.serverStream {
                state.serverStream = state.nextStream
                state.nextStream += 1
            }
            return stream.sink
        }
        sink?.close()
    }

    /// The connection of a stream is gone; the stream itself goes on.
    func detach(_ number: UInt32, sink: any EventSink) {
        state.withLock { state in
            if state.streams[number]?.sink === sink { state.streams[number]?.sink = nil }
        }
    }

    /// Ends a stream without an answer; nobody can ask for it again, and who follows it elsewhere sees its end.
    func discard(_ number: UInt32) {
        state.withLock { state in
            guard let stream = state.streams.removeValue(forKey: number), shared != nil, stream.sequence > 0, !stream.hasEnded else { return }
            keep(StoredEvent(session: session, stream: number, sequence: stream.sequence + 1, data: [], isLast: true), of: stream)
        }
    }

    /// Why a stream could not be opened.
    enum Refusal: Error {
        case unknownEvent, gone, unavailable
        /// The session has.
        case ended
    }

    /// Connects the session's own stream. Throws ``Refusal/ended``, and nothing else.
    func connectServerStream(_ sink: any EventSink, primes: Bool) throws(Refusal) {
        let owner = presence?.owner(StreamNote())
        let connected: (previous: (any EventSink)?, number: UInt32)? = state.withLock { state in
            guard !state.hasEnded else { return nil }
            var stream = state.streams[state.serverStream] ?? Stream(owner: owner)
            let previous = stream.sink
            stream.sink = sink
            state.streams[state.serverStream] = stream
            return (previous, state.serverStream)
        }
        guard let connected else { throw .ended }
        // The newest connection wins: the older one is most likely half open, and a client must never be locked out by its own ghost.
        connected.previous?.close()
        if primes { send([], on: connected.number, retryMilliseconds: Self.retryMilliseconds) }
    }

    /// Replays what the client missed on the stream of `lastEventID`, and connects it to the rest.
    ///
    /// - Returns: what to do when the sink's connection is gone.
    func resume(after lastEventID: String, sink: any EventSink, primes: Bool = false) async throws(Refusal) -> @Sendable () -> Void {
        guard let (number, sequence) = Self.parse(lastEventID) else { throw .unknownEvent }
        if let shared, !isOwn(number) { return try await follow(number, after: sequence, in: shared, sink: sink, primes: primes) }
        let previous: Result<(any EventSink)?, Refusal> = state.withLock { state in
            guard !state.hasEnded else { return .failure(.ended) }
            guard var stream = state.streams[number] else { return .failure(.unknownEvent) }
            guard let missed = store.events(session: session, stream: number, after: sequence) else { return .failure(.gone) }
            let previous = stream.sink
            for event in missed where !event.data.isEmpty {
                _ = sink.send(OutboundEvent(data: event.data, id: Self.eventID(stream: number, sequence: event.sequence)))
            }
            if stream.hasEnded { sink.close() } else { stream.sink = sink }
            state.streams[number] = stream
            return .success(previous)
        }
        switch previous {
        case .success(let sink): sink?.close()
        case .failure(let refusal): throw refusal
        }
        return { [self] in detach(number, sink: sink) }
    }

    /// Closes the connection of a stream, which goes on: the client is to come back for the rest.
    func disconnect(_ number: UInt32) {
        let sink = state.withLock { state -> (any EventSink)? in
            defer { state.streams[number]?.sink = nil }
            return state.streams[number]?.sink
        }
        sink?.close()
    }

    /// Whether somebody listens here: to the session's own stream, or to any that another instance writes.
    var isConnected: Bool { state.withLock { $0.streams[$0.serverStream]?.sink != nil } || followed.withLock { !$0.isEmpty } }

    /// Whether the session's own stream has been connected here, so that its messages are to be kept for it.
    var hasServerStream: Bool { state.withLock { $0.streams[$0.serverStream] != nil } }

    private func isOwn(_ number: UInt32) -> Bool { state.withLock { $0.streams[number].map { !$0.isLost } ?? false } }

    /// Ends all streams here, those of others that are followed too.
    ///
    /// - Parameter livesOn: whether the session does, elsewhere or later here: then who follows its own stream on another instance is told that this is
    ///   not the one that goes on.
    func end(livesOn: Bool = false) {
        let sinks = state.withLock { state -> [any EventSink] in
            let number = state.serverStream
            if livesOn, shared != nil, !state.hasEnded, let own = state.streams[number], own.sequence > 0, !own.hasEnded {
                keep(StoredEvent(session: session, stream: number, sequence: own.sequence + 1, data: [], isLast: true), of: own)
            }
            state.hasEnded = true
            defer { state.streams = [:] }
            return state.streams.values.compactMap { $0.sink }
        }
        for sink in sinks { sink.close() }
        for entry in followed.withLock({ $0.end() }) {
            entry.sink.close()
            entry.release?()
        }
    }
}
