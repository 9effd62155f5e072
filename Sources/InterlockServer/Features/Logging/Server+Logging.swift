import InterlockJSON
import InterlockProtocol

extension Server {
    /// `logging/setLevel` (legacy revisions): the lowest level of messages the session wants.
    func setLevel(_ request: IncomingRequest) throws(ProtocolError) {
        guard let session = request.caller.session else { throw .methodNotFound(request.method) }
        let level = try SetLevelParams(decoding: request.params.raw).level
        session.with { $0.logLevel = level }
        remember(session)
        finish(request, EmptyResult())
    }
}
