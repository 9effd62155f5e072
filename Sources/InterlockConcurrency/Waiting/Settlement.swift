/// Who is to be told what after a transition.
package struct Settlement<W> {
    /// They have what they waited for.
    package var granted: [W] = []
    /// They will not get it, since the primitive has shut down.
    package var refused: [W] = []
    /// They waited for the primitive to run empty, and it has.
    package var drained: [W] = []
}

extension Settlement: Sendable where W: Sendable {}

extension Settlement where W == Waiter<AcquireError?> {
    /// Tells everybody; after the lock was left.
    func deliver(_ name: String) {
        for waiter in granted { waiter.resolve(nil) }
        for waiter in refused { waiter.resolve(.shutDown(name)) }
        for waiter in drained { waiter.resolve(nil) }
    }
}
