import InterlockConcurrency
import InterlockTransport
import NIOCore

/// What is known of one TCP connection, whichever HTTP it speaks. Event loop only.
final class ConnectionScope {
    let core: ServerCore
    let loop: ServerLoop
    let local: ServerLoop.Local
    let channel: any Channel
    let openedAt: MonotonicTime
    /// The connection as the runtime sees it. Behind a proxy it changes with the client the proxy speaks for.
    private(set) var connection: Connection
    var passed = HeadChecks.Passed()

    private let peerAddress: String
    private let isTrustedProxy: Bool
    private var forwardedFor: String?

    init(core: ServerCore, loop: ServerLoop, channel: any Channel, kind: Connection.Kind) {
        self.core = core
        self.loop = loop
        self.channel = channel
        local = loop.local
        openedAt = core.clock.now
        peerAddress = channel.remoteAddress?.ipAddress ?? "unknown"
        isTrustedProxy = core.proxies.contains(peerAddress)
        connection = Connection(kind: kind, remoteAddress: peerAddress)
    }

    /// The connection a request belongs to. A proxy's connection carries many clients: each address gets one of its own, for as
    /// long as the proxy stays with it.
    func connection(forwardedFor value: String?) -> Connection {
        guard isTrustedProxy, value != forwardedFor else { return connection }
        forwardedFor = value
        let client = value.map { core.proxies.client(forwardedFor: $0, through: peerAddress) } ?? peerAddress
        if client != connection.remoteAddress { connection = Connection(kind: connection.kind, remoteAddress: client) }
        return connection
    }

    func register(_ handler: any OpenConnection) {
        local.connections[ObjectIdentifier(channel)] = handler
    }

    func unregister() {
        local.connections[ObjectIdentifier(channel)] = nil
    }
}
