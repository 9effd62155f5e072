import InterlockConcurrency

/// A connection as the loop it lives on sees it.
protocol OpenConnection: AnyObject {
    /// Ends what has taken too long.
    func sweep(_ now: MonotonicTime)
    /// Ends when what is in flight has been answered; at once if nothing is.
    func shutDown()
    /// Ends at once.
    func closeNow()
}
