import Synchronization

/// Tells code on a worker's thread that nobody waits for it any more.
///
/// A thread cannot be stopped from outside; code that looks here now and then can stop itself.
public final class WorkCancellation: Sendable {
    private let flag = Atomic(false)

    init() {}

    /// Whether the caller was cancelled or the time is up. Cheap enough for an inner loop.
    public var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// Throws `CancellationError` when ``isCancelled``.
    public func check() throws(CancellationError) {
        if isCancelled { throw CancellationError() }
    }

    func cancel() {
        flag.store(true, ordering: .relaxed)
    }
}
