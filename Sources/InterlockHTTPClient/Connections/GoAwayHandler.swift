internal import InterlockTransport
internal import NIOCore
internal import NIOHTTP2

/// Sees the server's announcement that it takes no new streams, and knows of which it has not begun. Spec: RFC 9113, sections 6.8 and 8.7.
final class GoAwayHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    /// Done when no new stream can be opened any more.
    let refusal = DisconnectAction()
    /// The last stream that the server may have begun with.
    private var lastStream: HTTP2StreamID?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .goAway(let last, _, _) = unwrapInboundIn(data).payload else { return } // the HTTP/2 layer has acted on the others
        lastStream = last
        refusal.peerIsGone()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOHTTP2Errors.StreamError { return } // its stream has been told
        context.close(promise: nil)
    }

    /// How far the request of a stream had come that ended like this before its response began.
    func progress(after error: (any Error)?) -> RequestProgress {
        guard let error = error as? NIOHTTP2Errors.StreamClosed else { return .sent }
        if error.errorCode == .refusedStream { return .refused }
        if let lastStream, error.streamID > lastStream { return .refused }
        return .answered
    }
}
