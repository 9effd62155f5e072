public import InterlockConcurrency
public import InterlockTransport
internal import NIOCore
internal import NIOPosix
#if TLS
internal import NIOSSL
internal import NIOTLS
#endif

/// One TLS handshake with a server, over which nothing is sent: how long it takes, and what keeps it from being trusted.
public struct TLSHandshake: Sendable {
    /// A handshake that succeeded.
    public struct Outcome: Sendable, Hashable {
        /// From the connection to the end of the handshake.
        public var took: Duration
        /// How long the server's certificate is valid yet.
        public var detail: String
    }

    private let server: ServerURL
    private let configuration: HTTPClientConfiguration
    private let tls: TLSSupport
    private let clock: any SchedulingClock

    /// Prepares a handshake.
    ///
    /// - Parameter configuration: of it the connect timeout, the version of HTTP and the certificate authorities.
    /// - Throws: ``InterlockTransport/TransportError`` for what is no `https` URL, and in builds without the package trait `TLS`.
    public init(
        _ url: String, configuration: HTTPClientConfiguration = HTTPClientConfiguration(), clock: any SchedulingClock = SystemClock.shared
    ) throws(TransportError) {
        server = try ServerURL(url)
        guard server.isSecure else { throw TransportError(.misuse, "'\(server.origin)' is no https URL: it has no TLS to look at") }
        tls = try TLSSupport(server, configuration)
        self.configuration = configuration
        self.clock = clock
    }

    /// Connects, shakes hands, and closes the connection.
    ///
    /// Where the certificate is not trusted, it is looked at on a second connection, which is refused whatever it presents.
    ///
    /// - Throws: ``InterlockTransport/TransportError``, whose message says what is wrong with the certificate and what to do; `CancellationError`.
    public func run(timeout: Duration) async throws -> Outcome {
        #if TLS
        do {
            return try await shake(within: timeout) { channel in try tls.prepare(channel) }
        } catch where TLSSupport.isDistrust(error) {
            let fault = PresentedCertificate.fault(of: try await presented(within: timeout), for: server.host, at: clock.wallTime / 1_000)
            throw TransportError(.unreachable, "no connection to \(server.origin): \(fault)", cause: error)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw HTTPConnection.transportError(error, server)
        }
        #else
        throw TransportError(.misuse, "'\(server.origin)' needs TLS, which this build leaves out; build with the package trait TLS")
        #endif
    }

    #if TLS
    /// The certificates that the server presents, trusted or not: its own first. Empty where it presents none within the time.
    private func presented(within timeout: Duration) async throws -> [PresentedCertificate] {
        let chain = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: [PresentedCertificate].self)
        do {
            _ = try await shake(within: timeout) { channel in try tls.prepareToRefuse(channel) { chain.succeed($0) } }
        } catch {
            // It ends in an error, because it was made to refuse; which one is of no interest.
        }
        chain.succeed([])
        return try await chain.futureResult.get()
    }

    private func shake(within timeout: Duration, _ secure: @escaping @Sendable (any Channel) throws -> Void) async throws -> Outcome {
        let group = MultiThreadedEventLoopGroup.singleton
        let ended = group.next().makePromise(of: Outcome.self)
        let connecting = ClientBootstrap(group: group)
            .connectTimeout(.nanoseconds(configuration.connectTimeout.wholeNanoseconds))
            .channelInitializer { [clock] channel in
                channel.eventLoop.makeCompletedFuture {
                    try secure(channel)
                    try channel.pipeline.syncOperations.addHandler(HandshakeWatcher(clock: clock, ended: ended))
                }
            }
            .connect(host: server.host, port: server.port)
        connecting.whenFailure { [server] error in ended.fail(TransportError(.unreachable, "cannot reach \(server.origin)", cause: error)) }
        let tooLate = clock.schedule(after: timeout) { [server] in
            ended.fail(TransportError(.timedOut, "\(server.origin) has not finished its TLS handshake within \(timeout)"))
            connecting.whenSuccess { $0.close(promise: nil) }
        }
        defer { tooLate.cancel() }
        return try await withTaskCancellationHandler {
            try await ended.futureResult.get()
        } onCancel: {
            ended.fail(CancellationError())
            connecting.whenSuccess { $0.close(promise: nil) }
        }
    }
    #endif
}

#if TLS
/// Waits for the end of a handshake, one way or the other, and closes the connection then.
private final class HandshakeWatcher: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let clock: any SchedulingClock
    private let ended: EventLoopPromise<TLSHandshake.Outcome>
    private var began: MonotonicTime?

    init(clock: any SchedulingClock, ended: EventLoopPromise<TLSHandshake.Outcome>) {
        self.clock = clock
        self.ended = ended
    }

    func channelActive(context: ChannelHandlerContext) {
        began = clock.now
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            let took = began.map { clock.now - $0 } ?? .zero
            do {
                let certificate = try context.pipeline.syncOperations.nioSSL_peerCertificate()
                let detail = certificate.map { TLSSupport.presented($0).validity(at: clock.wallTime / 1_000) } ?? ""
                ended.succeed(TLSHandshake.Outcome(took: took, detail: detail))
            } catch {
                ended.fail(error)
            }
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ended.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended.fail(TransportError(.closed, "the connection ended within the TLS handshake"))
        context.fireChannelInactive()
    }
}
#endif
