/// A worker process that is one caller's until the caller reports that its call has ended, or that it could not be started.
package struct ProcessGrant: Sendable, Hashable {
    package let worker: Int
    /// Tells this call from others that have the process before and after: a late stop must not hit one of those.
    package let call: Int
    /// Whether the caller has to start it first.
    package let isNew: Bool
}
