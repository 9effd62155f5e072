public import InterlockJSON
import InterlockServer
public import InterlockTransport
import InterlockProtocol
import Synchronization

/// A peer that speaks raw JSON-RPC to a server on a connection of its own, for tests of what goes over the wire.
///
/// It answers nothing by itself; every message the server sends is kept in order until it is taken.
public final class WireClient: Sendable {
    private let peer: any ConnectedPeer
    private let inbox: MessageInbox

    public init(_ server: any ServerRuntime, kind: Connection.Kind = .inMemory, principal: Principal? = nil) throws {
        inbox = MessageInbox()
        peer = try server.connect(Connection(kind: kind), principal: principal, outbound: inbox)
    }

    /// Hands one message to the server. Returns when the server has taken it, which may be after it has answered.
    public func send(_ json: String) {
        peer.receive(Array(json.utf8))
    }

    /// The next message that `matches`, waiting for it; others stay for later.
    public func next(where matches: @escaping @Sendable (JSONValue) -> Bool = { _ in true }) async throws -> JSONValue {
        try await inbox.next(where: matches)
    }

    /// The response with this id, waiting for it.
    public func response(_ id: JSONValue) async throws -> JSONValue {
        try await next { $0["id"] == id && $0["method"] == nil }
    }

    /// Sends a request and waits for its response.
    public func request(_ json: String) async throws -> JSONValue {
        let id = try JSONValue(parsing: json)["id"] ?? .null
        send(json)
        return try await response(id)
    }

    /// Everything that has arrived and was not taken.
    public var pending: [JSONValue] { inbox.pending }

    /// Goes away: without a word, or like a pipe that ends after its last message.
    public func disconnect(finishing: Bool = false) {
        peer.disconnected(finishing: finishing)
    }

    /// Waits until the server has nothing of this connection in flight.
    public func drained() async {
        await peer.drained()
    }
}
