/// Whether newcomers are still let in, and who waits for the moment when everybody has left.
///
/// Every state machine that can be drained holds one. It closes once: draining and shutting down differ only in what the
/// machine does with those who wait, and neither can be undone.
struct Closing<W> {
    /// Whether newcomers are let in.
    private(set) var isOpen = true
    private var watchers = WaiterQueue<W>()

    mutating func close() {
        isOpen = false
    }

    /// Waits for the moment when the machine is idle; `nil` when it is now.
    mutating func watch(_ watcher: @autoclosure () -> W, isIdle: Bool) -> WaiterQueue<W>.Ticket? {
        isIdle ? nil : watchers.append(watcher())
    }

    /// Waits no longer; `nil` when the moment has come.
    mutating func unwatch(_ ticket: WaiterQueue<W>.Ticket) -> W? {
        watchers.remove(ticket)
    }

    /// Who is to be told after a transition: everybody who waited for it if the machine is closed and idle, else nobody.
    mutating func drained(isIdle: Bool) -> [W] {
        isOpen || !isIdle ? [] : watchers.removeAll()
    }
}

extension Closing: Sendable where W: Sendable {}
