public import InterlockJSON

/// How values are written for one peer: its revision, and what every result to it carries.
public struct EncodingContext: Sendable {
    /// The revision the peer speaks.
    public var revision: ProtocolRevision
    /// The server's `Implementation`, already encoded, for `_meta` of every modern result; nil leaves it out.
    public var serverInfo: RawJSON?
    /// The cache hint of results that say nothing themselves; nil means ``CacheHint/none``.
    public var cacheHint: CacheHint?

    /// Makes a context; by default the newest revision without extras.
    public init(
        revision: ProtocolRevision = .latest, serverInfo: RawJSON? = nil, cacheHint: CacheHint? = nil
    ) {
        self.revision = revision
        self.serverInfo = serverInfo
        self.cacheHint = cacheHint
    }
}
