/// The bounds of one HTTP/2 connection. A peer that breaks one of the flood limits loses that connection and no other.
public struct HTTP2Limits: Sendable, Hashable {
    /// Streams a client may have open at once.
    public var maximumConcurrentStreams = 1_000

    /// Streams a client may reset within ``window``. A reset cancels a call, so this is above what honest clients do.
    public var maximumResets = 1_000

    /// Stream errors, such as frames for streams that have ended, within ``window``.
    public var maximumStreamErrors = 1_000

    /// PING, SETTINGS and PRIORITY frames within ``window``.
    public var maximumControlFrames = 1_000

    /// What the counts above are counted over.
    public var window = Duration.seconds(30)

    /// CONTINUATION frames in a row.
    public var maximumContinuations = 8

    /// Bytes a client may send ahead on one stream.
    public var streamWindow = 256 << 10

    /// Bytes a client may send ahead on the whole connection.
    public var connectionWindow = 1 << 20

    /// All the defaults.
    public init() {}
}
