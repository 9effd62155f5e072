import InterlockConcurrency

/// A connection as the loop it lives on sees it.
protocol OpenConnection: AnyObject {
    /// Ends what has taken too long.
    func sweep(_ now: MonotonicTime)
    /// Ends with its next response, or when it is told to: streams that would stay open end now.
    func windDown()
    /// Ends when what is in flight has been answered; at once if nothing is.
    func shutDown()
    /// Ends at once.
    func closeNow()
}
