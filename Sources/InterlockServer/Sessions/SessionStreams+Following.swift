import InterlockStorage
import InterlockTransport
import Synchronization

/// How far the events of a followed stream have been handed on.
final class FollowedPosition: Sendable {
    private let reached: Atomic<UInt32>

    init(_ sequence: UInt32) { reached = Atomic(sequence) }

    var sequence: UInt32 {
        get { reached.load(ordering: .relaxed) }
        set { reached.store(newValue, ordering: .relaxed) }
    }
}

// Streams that another instance writes, or wrote before it was gone.
extension SessionStreams {
    /// Hands over the events of a stream of another instance until its last, or until the session ends here. After the last of that instance's own stream of
    /// the session, which comes when the instance is lost or lets go of the session, the client goes on with this one's.
    ///
    /// - Returns: what to do when the sink's connection is gone.
    func follow(
        _ number: UInt32, after sequence: UInt32, in store: any SharedEventStore, sink: any EventSink, primes: Bool
    ) async throws(Refusal) -> @Sendable () -> Void {
        guard let place = followed.withLock({ $0.enter(sink) }) else { throw .ended }
        do throws(StoreError) {
            guard let standing = try await store.standing(session: session, stream: number) else { throw StoreError(.corrupt, "") }
            let goesOn = standing.owner.flatMap { StreamNote($0.note) }.map { $0.request == nil } ?? false
            let leaves: @Sendable () -> Void = { [self] in
                leave(place)
                detach(serverStream, sink: sink)
            }
            let ends: @Sendable () -> Void = { [self] in
                // Connected before it leaves, so that at no moment nobody seems to listen.
                do throws(Refusal) { if goesOn { try connectServerStream(sink, primes: primes) } else { sink.close() } } catch { sink.close() }
                leave(place)
            }
            if standing.hasEnded, standing.lastSequence <= sequence {
                ends()
                return leaves
            }
            guard try await store.fetch(session: session, stream: number, after: sequence) != nil else { throw StoreError(.corrupt, "") }
            let position = FollowedPosition(sequence)
            let unwatch: @Sendable () -> Void = if let owner = standing.owner, let presence {
                presence.watch(.init(session: session, stream: number, owner: owner) { position.sequence })
            } else {
                {}
            }
            let subscription = try await subscribe(number, after: sequence, in: store, unwatch) { [self] event in
                guard let event else {
                    unwatch()
                    sink.close() // a gap: the client begins anew rather than miss something unawares
                    return leave(place)
                }
                position.sequence = event.sequence
                let id = Self.eventID(stream: number, sequence: event.sequence)
                if !event.data.isEmpty, sink.send(OutboundEvent(data: event.data, id: id)) != .sent {
                    sink.close()
                    return leave(place)
                }
                guard event.isLast else { return }
                unwatch()
                ends()
            }
            let release: @Sendable () -> Void = {
                subscription.cancel()
                unwatch()
            }
            // Over before it has begun: the stream had come to its end, or the session.
            if !followed.withLock({ $0.follows(place, release: release) }) { release() }
            return leaves
        } catch {
            leave(place)
            throw error.code == .corrupt ? .gone : .unavailable
        }
    }

    /// A connection follows no stream of another instance any more.
    private func leave(_ place: Int) { followed.withLock { $0.leave(place) }?() }

    private func subscribe(
        _ number: UInt32, after sequence: UInt32, in store: any SharedEventStore, _ unwatch: @Sendable () -> Void,
        _ receive: @escaping @Sendable (StoredEvent?) -> Void
    ) async throws(StoreError) -> BusSubscription {
        do throws(StoreError) {
            return try await store.follow(session: session, stream: number, after: sequence, receive)
        } catch {
            unwatch()
            throw error
        }
    }
}
