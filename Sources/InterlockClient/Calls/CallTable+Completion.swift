internal import InterlockConcurrency

extension CallTable {
    /// Who is told how a call ended.
    enum Completion: Sendable {
        case caller(Waiter<Outcome>)
        case subscription(SubscriptionChannel)
    }
}

extension CallTable.Call {
    /// Tells the caller. Only for who took the call out of the table.
    func finish(_ outcome: CallTable.Outcome) {
        switch completion {
        case .caller(let waiter): waiter.resolve(outcome)
        case .subscription(let channel): channel.end(outcome)
        }
    }
}
