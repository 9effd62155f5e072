/// Those who wait for a limiter to run empty. Lives under the limiter's lock, beside its state machine.
struct DrainWatch: Sendable {
    typealias Watcher = Waiter<AcquireError?>
    typealias Ticket = WaiterQueue<Watcher>.Ticket

    private var watchers = WaiterQueue<Watcher>()

    /// Waits from now on, unless it is over.
    mutating func add(_ watcher: Watcher, isDrained: Bool) -> Ticket? {
        isDrained ? nil : watchers.append(watcher)
    }

    mutating func remove(_ ticket: Ticket) -> Watcher? { watchers.remove(ticket) }

    /// Whom to tell after a transition; looked at only when the limiter is drained by it.
    mutating func takeAll(if isDrained: Bool) -> [Watcher] {
        isDrained && !watchers.isEmpty ? watchers.removeAll() : []
    }
}
