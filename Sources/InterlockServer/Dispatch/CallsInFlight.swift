import Synchronization

/// Every call whose handler runs, of all clients: who a shutdown has to wait for, or to cancel.
final class CallsInFlight: Sendable {
    private let calls = Mutex<[ObjectIdentifier: ActiveCall]>([:])

    func insert(_ call: ActiveCall) {
        calls.withLock { $0[ObjectIdentifier(call)] = call }
    }

    func remove(_ call: ActiveCall) {
        calls.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(call)) }
    }

    var count: Int { calls.withLock { $0.count } }

    var all: [ActiveCall] { calls.withLock { Array($0.values) } }
}
