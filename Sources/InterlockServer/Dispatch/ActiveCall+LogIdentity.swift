import Crypto
import InterlockTransport
import Tracing

// Whose call it is, for the lines that are logged while it runs.
extension ActiveCall: LogIdentified {
    var logIdentity: LogIdentity {
        LogIdentity(
            requestID: "\(server.instance.id.prefix(8))-\(number)", sessionID: request.caller.session?.logID, tenantID: request.caller.principal?.tenant)
    }

    /// Runs `work` so that what is logged in it and in tasks that it makes, by whomever, can say whose call it is, and of which trace.
    func identified(_ work: () async -> Void) async {
        guard let span = observation?.span else { return await LogIdentity.$source.withValue(self, operation: work) }
        await ServiceContext.$current.withValue(span.context) { await LogIdentity.$source.withValue(self, operation: work) }
    }
}

extension Session {
    /// Names the session in logs, alike on every instance: the first 16 hexadecimal digits of the SHA-256 of its id. The id itself lets in whoever
    /// has it where nobody is asked for a credential.
    var logID: String {
        SHA256.hash(data: Array(id.utf8)).prefix(8).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
