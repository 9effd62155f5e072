package import InterlockJSON

extension ClientReceiver {
    /// Scans the bytes of one incoming message, or of a batch (2025-03-26), and passes on what they hold, in order.
    ///
    /// Throws when the bytes are no JSON-RPC; of a batch the readable messages are passed on and the first error is thrown afterwards.
    package func received(bytes: [UInt8], on request: RequestID? = nil, limits: JSONLimits = .default) throws(JSONRPCScanError) {
        switch try ScannedMessage.scanInput(bytes, limits: limits) {
        case .single(let message):
            received(message, on: request)
        case .batch(let messages):
            var firstError: JSONRPCScanError?
            for message in messages {
                switch message {
                case .success(let message): received(message, on: request)
                case .failure(let error): firstError = firstError ?? error
                }
            }
            if let firstError { throw firstError }
        }
    }
}
