internal import InterlockTransport
internal import NIOCore
internal import NIOHTTP2
import Synchronization

/// What the server says of a connection of HTTP/2 as a whole: how many streams it takes at once, and which it takes no more. Spec: RFC 9113, sections 5.1.2, 6.8
/// and 8.7.
final class HTTP2ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    /// Streams at once, from any thread.
    final class Limit: Sendable {
        fileprivate let atomic = Atomic(HTTP2ConnectionHandler.unstatedLimit)

        var streams: Int { atomic.load(ordering: .relaxed) }
    }

    /// Where the server states none. More would wait in the HTTP/2 layer.
    private static let unstatedLimit = 100

    let limit = Limit()
    /// Done when no new stream can be opened any more.
    let refusal = DisconnectAction()
    /// Done with the server's first settings, which open every connection; fails with what keeps them from coming.
    let isOpen: EventLoopFuture<Void>
    private let opened: EventLoopPromise<Void>
    /// What the server's GOAWAY says.
    private var goAway: (lastStream: HTTP2StreamID, code: HTTP2ErrorCode)?
    /// Why the connection is being closed.
    private var failure: (any Error)?

    init(eventLoop: any EventLoop) {
        opened = eventLoop.makePromise()
        isOpen = opened.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // The HTTP/2 layer has acted on them.
        switch unwrapInboundIn(data).payload {
        case .settings(.settings(let settings)):
            if let streams = settings.last(where: { $0.parameter == .maxConcurrentStreams })?.value { limit.atomic.store(streams, ordering: .relaxed) }
            opened.succeed(())
        case .goAway(let last, let code, _):
            goAway = (last, code)
            refusal.peerIsGone()
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        opened.fail(failure ?? ChannelError.eof)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        opened.fail(failure ?? ChannelError.eof) // also on a connection that was never made
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if Self.isOfOneStream(error) { return } // it was reset, and has been told
        failure = failure ?? error
        refusal.peerIsGone()
        context.close(promise: nil)
    }

    /// Whether a stream may be begun; one more after GOAWAY would end the connection, with all that are served on it.
    var takesStreams: Bool { goAway == nil && failure == nil }

    /// How far the request of a stream had come that ended like this before its response began.
    func progress(after error: (any Error)?) -> RequestProgress {
        // Any other error of HTTP/2 is of the stream alone, and would be the same again.
        guard let error = error as? NIOHTTP2Errors.StreamClosed else { return error is any NIOHTTP2Error ? .answered : .sent }
        if error.errorCode == .refusedStream { return .refused }
        guard let goAway, error.streamID > goAway.lastStream else { return .answered }
        // A server that ends the connection for a fault may name stream 0 though it has begun with others: NIO's does.
        return goAway.code == .noError ? .refused : .sent
    }

    /// What ended a stream: where it was told nothing, what ended the connection.
    func cause(of error: (any Error)?) -> (any Error)? { error ?? failure }

    /// Whether the HTTP/2 layer has reset the one stream whose response breaks the rules, and the others go on. Spec: RFC 9113, section 8.1.1.
    private static func isOfOneStream(_ error: any Error) -> Bool {
        switch error {
        case is NIOHTTP2Errors.StreamError,
            is NIOHTTP2Errors.ContentLengthViolated, is NIOHTTP2Errors.ContentLengthHeadersMismatch, is NIOHTTP2Errors.ContentLengthHeaderNegative,
            is NIOHTTP2Errors.ContentLengthHeaderMalformedValue, is NIOHTTP2Errors.DuplicatePseudoHeader, is NIOHTTP2Errors.ForbiddenHeaderField,
            is NIOHTTP2Errors.InvalidHTTP2HeaderFieldName, is NIOHTTP2Errors.InvalidHTTP2HeaderFieldValue, is NIOHTTP2Errors.InvalidPseudoHeaderValue,
            is NIOHTTP2Errors.InvalidPseudoHeaders, is NIOHTTP2Errors.InvalidStatusValue,
            is NIOHTTP2Errors.MissingPseudoHeader, is NIOHTTP2Errors.PseudoHeaderAfterRegularHeader, is NIOHTTP2Errors.TrailersWithoutEndStream,
            is NIOHTTP2Errors.UnknownPseudoHeader, is NIOHTTP2Errors.UnsupportedPseudoHeader:
            true
        default: false
        }
    }
}
