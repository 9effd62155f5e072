/// Where an event store keeps its events: what ``WriteBehindEvents`` writes its queue to.
package protocol EventBackend: Sendable {
    /// Writes changes from the front of the batch, in order, as far as it gets. Writing one that was written before has no effect.
    ///
    /// - Parameter failures: how often in a row the writing has failed before; a backend may give up by it.
    func write(_ batch: [EventQueue.Change], failedBefore failures: Int) async -> EventBatchOutcome

    /// Waits before the next attempt. Throws when it is cancelled, which ends the writing.
    ///
    /// - Parameter failures: how often in a row the writing has failed, this time included.
    func pause(afterFailures failures: Int, of failure: StoreError) async throws

    /// Told once each, when the first event is lost and when the first is refused.
    func notice(_ notice: EventNotice)
}

/// What became of the first changes of a batch: written, refused or lost. The rest was not tried, or got no answer, and is tried again.
package struct EventBatchOutcome: Sendable {
    package var written = 0
    /// The writers of events that were refused, because their stream has a newer owner.
    package var fenced: [StreamWriter?] = []
    /// Refused for good, whoever writes them.
    package var lost = 0
    /// Why it went no further, or why it gave up.
    package var failure: StoreError?

    package init() {}

    /// Changes that are done with.
    package var done: Int { written + fenced.count + lost }
}

/// What the operator of an event store should hear of the first time it happens.
package enum EventNotice: Sendable {
    /// The queue is full or closed, and an event was left out.
    case queueRefused
    /// An event was refused, because another process has taken its stream over.
    case fenced
}
