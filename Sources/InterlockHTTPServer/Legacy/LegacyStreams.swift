import InterlockTransport
import Synchronization

/// The open streams of the HTTP+SSE pair (revision 2024-11-05), found by the id each client was told on its stream.
///
/// Bounded by the number of connections. An id is 128 random bits; a post must come from the principal that opened the stream.
final class LegacyStreams: Sendable {
    private let streams = Mutex<[String: LegacyStream]>([:])
    private let makeID: @Sendable () -> String

    init(makeID: @escaping @Sendable () -> String) {
        self.makeID = makeID
    }

    /// Sixteen bytes of the system's generator, in hexadecimal.
    static let randomID: @Sendable () -> String = {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    var count: Int { streams.withLock { $0.count } }

    /// Joins a new peer to the runtime and gives it an id.
    func open(
        _ connect: () throws(TransportError) -> any ConnectedPeer, principal: () -> Principal?, isFull: @escaping @Sendable () -> Bool
    ) -> Result<LegacyStream, TransportError> {
        do throws(TransportError) {
            let stream = LegacyStream(id: makeID(), principal: principal(), peer: try connect(), isFull: isFull)
            streams.withLock { $0[stream.id] = stream }
            return .success(stream)
        } catch {
            return .failure(error)
        }
    }

    /// Hands a posted message to its stream's peer; the answer of the post.
    func deliver(_ bytes: [UInt8], to id: String, from principal: Principal?) -> OutboundResponse {
        guard let stream = streams.withLock({ $0[id] }), stream.principal == principal else {
            return Refusal.make(404, "No stream has this connection id: open a new stream with GET and post to the endpoint it names")
        }
        guard !stream.isFull() else {
            return Refusal.make(503, "Answers wait on the stream that were not read: read them, then send the message again", headers: [("retry-after", "1")])
        }
        guard stream.receive(bytes) else {
            return Refusal.make(503, "Too many messages wait on this connection: send the message again in a moment", headers: [("retry-after", "1")])
        }
        return .accepted
    }

    /// The stream has ended, from either side.
    func close(_ stream: LegacyStream) {
        streams.withLock { $0[stream.id] = nil }
        stream.disconnected()
    }
}
