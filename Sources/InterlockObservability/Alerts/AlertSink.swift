/// Where alerts are told: somebody who posts a body to a webhook.
public protocol AlertSink: Sendable {
    /// Posts one notification as `application/json`, with these headers.
    ///
    /// Called by one task at a time, in the order of the alerts. Must end soon after its task is cancelled, and throw
    /// whenever the receiver did not answer with success; the same notification then comes again, some time later.
    func deliver(_ body: [UInt8], headers: [(name: String, value: String)]) async throws
}
