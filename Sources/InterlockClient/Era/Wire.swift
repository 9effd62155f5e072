internal import InterlockJSON
internal import InterlockProtocol

/// How this client writes to its server: the revision, and what every request of a modern one carries.
struct Wire: Sendable {
    let revision: ProtocolRevision
    let context: EncodingContext
    private let template: RequestMetaTemplate?

    init(revision: ProtocolRevision, capabilities: ClientCapabilities, info: Implementation) {
        self.revision = revision
        context = EncodingContext(revision: revision)
        template = revision.isModern ? RequestMetaTemplate(revision: revision, capabilities: capabilities, info: info) : nil
    }

    /// The `_meta` of a request; `nil` when a legacy one needs none.
    func meta(progressToken: Int64?, logLevel: LoggingLevel?, adding extra: Meta?) -> Meta? {
        if let template { return template.meta(progressToken: progressToken, logLevel: logLevel, adding: extra) }
        guard let progressToken else { return extra }
        var meta = extra ?? Meta()
        meta.progressToken = .integer(progressToken)
        return meta
    }
}
