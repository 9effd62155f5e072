import Synchronization

/// What the other instances were not told, because the bus did not take it: how often, and how much of that has been made up for by telling them that they
/// have missed something.
final class OwedNews: Sendable {
    private struct State {
        var count = 0
        var paid = 0
        var reminder: AsyncStream<Void>.Continuation?
    }

    private let state = Mutex(State())

    /// Messages that were not taken so far. It only grows.
    var count: Int { state.withLock { $0.count } }

    /// A message was not taken. True for the first since nothing was owed.
    func owe() -> Bool {
        let (isFirst, reminder) = state.withLock { state in
            defer { state.count += 1 }
            return (state.count == state.paid, state.reminder)
        }
        reminder?.yield()
        return isFirst
    }

    /// The others know that they have missed the first `count` messages.
    ///
    /// What has failed since is owed as before.
    func paid(_ count: Int) {
        state.withLock { $0.paid = max($0.paid, count) }
    }

    /// One for each time that something is owed anew, while nobody looks no more than one; at once if something is. Ends when its task is cancelled. The
    /// last one that was asked for gets them.
    func reminders() -> AsyncStream<Void> {
        let (stream, reminder) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let isOwed = state.withLock { state in
            state.reminder = reminder
            return state.count > state.paid
        }
        if isOwed { reminder.yield() }
        return stream
    }
}
