/// What one pass over a JSON-RPC 2.0 message found. The parts share the storage of the message.
///
/// Spec: JSON-RPC 2.0 §4 and §5; MCP, Base Protocol, Messages.
public struct ScannedMessage: Sendable, Hashable {
    /// What the message is.
    public enum Kind: Sendable, Hashable {
        /// A method with an id: it must be answered.
        case request
        /// A method without an id: it must not.
        case notification
        /// The answer to a request, with its result.
        case response(result: RawJSON)
        /// The answer to a request, with its error object.
        case error(RawJSON)
    }

    /// The id; nil for a notification, and for an error that answers a request whose id was not readable.
    public var id: RequestID?
    /// The method of a request or notification.
    public var method: String?
    /// The parameters of a request or notification, an object or an array.
    public var params: RawJSON?
    /// The result of a response.
    public var result: RawJSON?
    /// The error object of a response.
    public var error: RawJSON?

    /// Creates a message from its parts, unchecked: what a scan accepts has a method, or a result or error.
    public init(
        id: RequestID? = nil, method: String? = nil, params: RawJSON? = nil, result: RawJSON? = nil, error: RawJSON? = nil
    ) {
        self.id = id
        self.method = method
        self.params = params
        self.result = result
        self.error = error
    }

    /// What the message is.
    public var kind: Kind {
        if let result { return .response(result: result) }
        if let error { return .error(error) }
        return id == nil ? .notification : .request
    }

    /// Scans one message and validates every byte of it in the same pass.
    ///
    /// Members JSON-RPC does not know are validated and ignored. Of the ones it knows each may occur once.
    public static func scan(_ bytes: [UInt8], limits: JSONLimits = .default) throws(JSONRPCScanError) -> ScannedMessage {
        try scan(bytes[...], limits: limits)
    }

    /// Scans one message and validates every byte of it in the same pass.
    public static func scan(
        _ bytes: ArraySlice<UInt8>, limits: JSONLimits = .default
    ) throws(JSONRPCScanError) -> ScannedMessage {
        let result: Result<ScannedMessage, JSONRPCScanError> = bytes.withUnsafeBufferPointer { buffer in
            do throws(ScanFailure) {
                var scanner = try JSONScanner(buffer, limits: limits)
                let message = try EnvelopeScanner.message(&scanner, in: bytes, depth: 0)
                try scanner.finish()
                return message
            } catch {
                return .failure(JSONRPCScanError(error, limits: limits))
            }
        }
        return try result.get()
    }

    /// Scans a single message or a batch, whichever the bytes hold, in one pass.
    /// - Throws: What concerns the input as a whole: bytes that are not JSON, a batch that is empty or has
    ///   more than ``JSONLimits/maximumBatchEntries`` entries, a single message that is none.
    public static func scanInput(_ bytes: [UInt8], limits: JSONLimits = .default) throws(JSONRPCScanError) -> ScannedInput {
        let slice = bytes[...]
        let result: Result<ScannedInput, JSONRPCScanError> = slice.withUnsafeBufferPointer { buffer in
            do throws(ScanFailure) {
                var scanner = try JSONScanner(buffer, limits: limits)
                let isBatch = try scanner.peek() == ASCII.openBracket
                let input = isBatch
                    ? try EnvelopeScanner.batch(&scanner, in: slice, limits: limits)
                    : try EnvelopeScanner.message(&scanner, in: slice, depth: 0).map(ScannedInput.single)
                try scanner.finish()
                return input
            } catch {
                return .failure(JSONRPCScanError(error, limits: limits))
            }
        }
        return try result.get()
    }
}

extension JSONRPCScanError {
    fileprivate init(_ failure: ScanFailure, limits: JSONLimits) {
        let cause = failure.described(limits: limits)
        self.init(code: .parse, message: "Parse error: \(cause.message)", cause: cause)
    }
}
