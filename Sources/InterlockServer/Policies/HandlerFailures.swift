import InterlockConcurrency

/// The handler had not returned when its call's timeout passed; the call was answered then.
struct HandlerTimedOut: Error {}

/// A handler that had begun got no turn at a limiter, pool or breaker of its own.
///
/// A type apart from ``AcquireError``, which says of a call that it was not run: what this one has done so far is not known.
struct HandlerGotNoTurn: Error {
    var error: AcquireError

    /// What a handler threw, as the policies around it may see it.
    static func from(_ error: AcquireError) -> any Error {
        error.code == .cancelled && Task.isCancelled ? CancellationError() : HandlerGotNoTurn(error: error)
    }
}
