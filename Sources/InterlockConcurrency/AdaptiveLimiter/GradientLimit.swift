import Synchronization

/// The limit that a ``Gradient`` finds, and its way to whoever keeps it.
package struct GradientLimit: ~Copyable, Sendable {
    private let gradient: Mutex<Gradient>

    package init(_ gradient: Gradient) {
        self.gradient = Mutex(gradient)
    }

    /// Changes the gradient and, where that changes the limit, tells it.
    ///
    /// - Parameter tell: Called outside of the lock, since it lets callers go who may be quick to come here again. Who tells looks once more
    ///   afterwards, so that of several changes at a time the latest is told last.
    package func change(_ change: (inout Gradient) -> Int, tell: (Int) -> Void) {
        let changed = gradient.withLock { gradient -> Int? in
            let before = Int(gradient.limit)
            let limit = change(&gradient)
            return limit == before ? nil : limit
        }
        guard var told = changed else { return }
        while true {
            tell(told)
            let latest = gradient.withLock { Int($0.limit) }
            if latest == told { return }
            told = latest
        }
    }
}
