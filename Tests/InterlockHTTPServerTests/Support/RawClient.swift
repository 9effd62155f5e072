import InterlockConcurrency
import NIOCore
import NIOPosix
import Synchronization
#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A TCP connection that sends what it is told and shows what came back.
final class RawClient: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
        var waiter: Waiter<Void>?
    }

    struct Closed: Error {
        var bytes: String
    }

    private let channel: any Channel
    private let state: Received

    private final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let state = Mutex(State())

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).readableBytesView)
            change { $0.bytes += bytes }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed? = event as? ChannelEvent { change { $0.isClosed = true } }
        }

        func channelInactive(context: ChannelHandlerContext) { change { $0.isClosed = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func change(_ body: (inout State) -> Void) {
            let waiter = state.withLock { state in
                body(&state)
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resolve(())
        }
    }

    /// Connects. `reading: false` makes a peer that takes nothing until ``startReading()``.
    init(port: Int, reading: Bool = true, receiveBuffer: Int? = nil) async throws {
        let received = Received()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reading)
            .channelInitializer { $0.pipeline.addHandler(received) }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
        }
        channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        state = received
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    func startReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
        channel.read()
    }

    func closeOutput() async throws { try await channel.close(mode: .output).get() }

    /// Closes with a reset instead of an orderly end; returns when that is done.
    func reset() async throws {
        try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        do { try await channel.close().get() } catch ChannelError.alreadyClosed {}
    }

    func close() { channel.close(promise: nil) }

    /// Takes from what has come what `take` accepts, waiting for more until it does.
    func read<T: Sendable>(_ take: (inout ArraySlice<UInt8>) throws -> T?) async throws -> T {
        while true {
            let waiter = Waiter<Void>()
            let taken: T? = try state.state.withLock { state in
                var rest = state.bytes[...]
                if let taken = try take(&rest) {
                    state.bytes = Array(rest)
                    return taken
                }
                if state.isClosed { throw Closed(bytes: String(decoding: state.bytes, as: UTF8.self)) }
                state.waiter = waiter
                return nil
            }
            if let taken { return taken }
            await waiter.wait { [state] in
                let isWaiting = state.state.withLock { state in
                    guard state.waiter === waiter else { return false }
                    state.waiter = nil
                    return true
                }
                if isWaiting { waiter.resolve(()) }
            }
            try Task.checkCancellation()
        }
    }

    /// Everything up to and with `text`.
    func read(through text: String) async throws -> String {
        let pattern = Array(text.utf8)
        return try await read { bytes in
            guard bytes.count >= pattern.count else { return nil }
            for start in bytes.startIndex...(bytes.endIndex - pattern.count) where bytes[start..<start + pattern.count].elementsEqual(pattern) {
                defer { bytes = bytes[(start + pattern.count)...] }
                return String(decoding: bytes[..<(start + pattern.count)], as: UTF8.self)
            }
            return nil
        }
    }

    /// Everything until the peer closes its side.
    func readToEnd() async throws -> String {
        do {
            return try await read { _ in nil }
        } catch let closed as Closed {
            return closed.bytes
        }
    }

    func readReply(head: Bool = false) async throws -> Reply {
        try await read { try Reply.take(from: &$0, isHead: head) }
    }
}

/// One HTTP/1.1 response as it was on the wire.
struct Reply: Sendable {
    var status = 0
    var fields: [(name: String, value: String)] = []
    var body = ""

    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    struct Malformed: Error {}

    static func take(from bytes: inout ArraySlice<UInt8>, isHead: Bool) throws -> Reply? {
        guard let (headText, afterHead) = split(bytes, at: "\r\n\r\n") else { return nil }
        var reply = Reply()
        let lines = headText.components(separatedBy: "\r\n")
        guard let status = Int(lines[0].split(separator: " ")[1]) else { throw Malformed() }
        reply.status = status
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1)
            reply.fields.append((pair[0].lowercased(), pair[1].trimmingCharacters()))
        }
        var rest = afterHead
        if status == 100 || status == 204 || isHead {
        } else if reply["transfer-encoding"] == "chunked" {
            while true {
                guard let (sizeText, afterSize) = split(rest, at: "\r\n"), let size = Int(sizeText, radix: 16) else { return nil }
                guard afterSize.count >= size + 2 else { return nil }
                reply.body += String(decoding: afterSize.prefix(size), as: UTF8.self)
                rest = afterSize.dropFirst(size + 2)
                if size == 0 { break }
            }
        } else {
            guard let length = reply["content-length"].flatMap({ Int($0) }) else { throw Malformed() }
            guard rest.count >= length else { return nil }
            reply.body = String(decoding: rest.prefix(length), as: UTF8.self)
            rest = rest.dropFirst(length)
        }
        bytes = rest
        return reply
    }

    private static func split(_ bytes: ArraySlice<UInt8>, at text: String) -> (String, ArraySlice<UInt8>)? {
        let pattern = Array(text.utf8)
        guard bytes.count >= pattern.count else { return nil }
        for start in bytes.startIndex...(bytes.endIndex - pattern.count) where bytes[start..<start + pattern.count].elementsEqual(pattern) {
            return (String(decoding: bytes[..<start], as: UTF8.self), bytes[(start + pattern.count)...])
        }
        return nil
    }
}

extension String {
    func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}

extension Substring {
    fileprivate func trimmingCharacters() -> String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
