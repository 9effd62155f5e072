import InterlockTransport
import Synchronization

/// One client of the HTTP+SSE pair: an open stream, and posts on other connections that belong to it.
///
/// Posts may arrive on several threads at once; the runtime gets them one at a time, in the order they were taken.
final class LegacyStream: Sendable {
    let id: String
    let principal: Principal?
    /// Whether more waits for the client than may: it does not read its stream.
    let isFull: @Sendable () -> Bool
    private let peer: any ConnectedPeer
    private let mailbox = Mutex(Mailbox())
    private static let mailboxDepth = 1_000

    private struct Mailbox {
        var messages: [[UInt8]] = []
        var isDelivering = false
        var isClosed = false
    }

    init(id: String, principal: Principal?, peer: any ConnectedPeer, isFull: @escaping @Sendable () -> Bool) {
        self.id = id
        self.principal = principal
        self.peer = peer
        self.isFull = isFull
    }

    /// Takes one message. False when more wait than may: only a runtime that blocks lets that happen.
    func receive(_ bytes: [UInt8]) -> Bool {
        let (isTaken, delivers) = mailbox.withLock { mailbox in
            guard mailbox.messages.count < Self.mailboxDepth else { return (false, false) }
            mailbox.messages.append(bytes)
            guard !mailbox.isDelivering else { return (true, false) }
            mailbox.isDelivering = true
            return (true, true)
        }
        if delivers { deliver() }
        return isTaken
    }

    private func deliver() {
        while let message = nextMessage() { peer.receive(message) }
    }

    private func nextMessage() -> [UInt8]? {
        mailbox.withLock { mailbox in
            guard !mailbox.messages.isEmpty, !mailbox.isClosed else {
                mailbox.isDelivering = false
                return nil
            }
            return mailbox.messages.removeFirst()
        }
    }

    /// The stream is gone: the peer hears of it once.
    func disconnected() {
        if close() { peer.disconnected(finishing: false) }
    }

    /// Lets what was received finish, then returns; nothing more is received.
    func finish() async {
        guard close() else { return }
        peer.disconnected(finishing: true)
        await peer.drained()
    }

    private func close() -> Bool {
        mailbox.withLock { mailbox in
            defer { mailbox.isClosed = true }
            return !mailbox.isClosed
        }
    }
}
