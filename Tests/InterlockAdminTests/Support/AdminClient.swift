import InterlockConcurrency
import NIOCore
import NIOPosix
import Synchronization

/// One connection to an admin listener: sends text, and waits for what comes back.
final class AdminClient: Sendable {
    private final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let state = Mutex((text: "", isClosed: false, waiter: Waiter<Void>?.none))

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            change { $0.text += text }
        }

        func channelInactive(context: ChannelHandlerContext) { change { $0.isClosed = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func change(_ body: (inout (text: String, isClosed: Bool, waiter: Waiter<Void>?)) -> Void) {
            state.withLock { state -> Waiter<Void>? in
                body(&state)
                defer { state.waiter = nil }
                return state.waiter
            }?.resolve(())
        }
    }

    private let channel: any Channel
    private let received: Received

    init(port: Int) async throws {
        let received = Received()
        self.received = received
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(received) }.connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)).get() }

    func close() { channel.close(promise: nil) }

    /// Waits until what has come ends an answer by `isWhole`, or the peer has closed, and takes it.
    func read(until isWhole: (String) -> Bool = { _ in false }) async throws -> String {
        while true {
            let waiter = Waiter<Void>()
            let text = received.state.withLock { state -> String? in
                guard state.isClosed || isWhole(state.text) else {
                    state.waiter = waiter
                    return nil
                }
                defer { state.text = "" }
                return state.text
            }
            if let text { return text }
            await waiter.wait { [received] in received.change { _ in } }
            try Task.checkCancellation()
        }
    }
}

/// An answer of an admin listener.
struct AdminReply: Sendable {
    var status: Int
    var head: String
    var body: String

    /// Asks once, on a connection of its own.
    static func get(
        _ path: String, method: String = "GET", port: Int, host: String = "localhost", fields: [String] = [], body: String = ""
    ) async throws -> AdminReply {
        let client = try await AdminClient(port: port)
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)", "Connection: close"] + fields
        if method == "POST" { lines.append("Content-Length: \(body.utf8.count)") }
        try await client.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        let text = try await client.read()
        client.close()
        return AdminReply(text)
    }

    init(_ text: String) {
        let end = text.firstRange(of: "\r\n\r\n")
        head = String(text[..<(end?.lowerBound ?? text.endIndex)])
        body = String(text[(end?.upperBound ?? text.endIndex)...])
        status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
    }

    /// The value of a header field.
    subscript(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() where line.lowercased().hasPrefix(name + ": ") { return String(line.dropFirst(name.count + 2)) }
        return nil
    }
}
