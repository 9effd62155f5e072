/// Work that had begun was given up since its time was over.
///
/// It may have done a part of what it was to do, so it may be repeated only if that does no harm; who got an ``AcquireError``
/// need not ask.
public struct WorkTimeoutError: Error, Sendable, Hashable, CustomStringConvertible {
    /// How long it was allowed to take.
    public let timeout: Duration
    /// What was wrong, where, and what to do. For people; never parse it.
    public let message: String

    /// Makes an error; for those who build primitives of their own on this module.
    ///
    /// - Parameter name: What the work ran on.
    public init(_ name: String, after timeout: Duration) {
        self.timeout = timeout
        message = "the call on \(name) took longer than \(timeout); allow more time, or give it less to do"
    }

    public var description: String { message }
}
