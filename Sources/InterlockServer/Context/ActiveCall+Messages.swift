import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension ActiveCall {
    /// The lowest level of log messages the client wants on this request; `nil` for none.
    var logLevel: LoggingLevel? {
        if request.caller.revision.isModern { return request.meta.logLevel }
        return request.caller.session?.with { $0.logLevel } ?? .info
    }

    /// Sends a notification on the call's own stream, or leaves it out if the client is too slow: both kinds may be lost, waiting may not.
    func notify(_ method: String, _ params: some WireEncodable) {
        guard isOpen else { return }
        let context = server.encodingContext(request.caller.revision)
        _ = stream.send(OutboundEvent(data: JSONRPC.notification(method, params: params, context: context)))
    }
}
