public import InterlockProtocol

/// What one request asks for beyond its params.
public struct RequestOptions: Sendable {
    /// How long the response may take; the client's configuration decides if `nil`.
    public var timeout: Duration?
    /// The longest the response may take, whatever progress is reported; the client's configuration decides if `nil`.
    public var maximumTimeout: Duration?
    /// Whether a progress notification starts ``timeout`` anew.
    public var resetsTimeoutOnProgress: Bool
    /// Takes the progress of the request. Called on the transport's thread, in order: it must be short.
    public var onProgress: (@Sendable (ProgressParams) -> Void)?
    /// Further members of the request's `_meta`; those that the specification asks for are added by the client.
    public var meta: Meta?

    /// Makes options; the defaults leave everything to the client's configuration.
    public init(
        timeout: Duration? = nil, maximumTimeout: Duration? = nil, resetsTimeoutOnProgress: Bool = true, meta: Meta? = nil,
        onProgress: (@Sendable (ProgressParams) -> Void)? = nil
    ) {
        self.timeout = timeout
        self.maximumTimeout = maximumTimeout
        self.resetsTimeoutOnProgress = resetsTimeoutOnProgress
        self.onProgress = onProgress
        self.meta = meta
    }
}
