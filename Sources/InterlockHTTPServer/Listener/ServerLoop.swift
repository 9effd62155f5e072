import InterlockConcurrency
import NIOCore
import Synchronization

/// One event loop with the connections on it.
final class ServerLoop: Sendable {
    /// What only the loop touches.
    final class Local {
        var connections: [ObjectIdentifier: any OpenConnection] = [:]
        var prefixes: ResponsePrefixes

        init(idleTimeout: Duration) { prefixes = ResponsePrefixes(idleTimeout: idleTimeout) }
    }

    let eventLoop: any EventLoop
    private let box: NIOLoopBoundBox<Local>
    private let isSweepQueued = Atomic<Bool>(false)

    /// - Parameter idleTimeout: for how long its connections stay open without a request.
    init(_ eventLoop: any EventLoop, idleTimeout: Duration) {
        self.eventLoop = eventLoop
        box = NIOLoopBoundBox.makeBoxSendingValue(Local(idleTimeout: idleTimeout), eventLoop: eventLoop)
    }

    /// On the loop only.
    var local: Local { box.value }

    /// Looks over all connections; called from any thread, runs on the loop, and not twice for one look.
    func sweep(_ clock: any SchedulingClock) {
        guard !isSweepQueued.exchange(true, ordering: .acquiringAndReleasing) else { return }
        eventLoop.execute {
            self.isSweepQueued.store(false, ordering: .releasing)
            let now = clock.now
            for connection in self.local.connections.values { connection.sweep(now) }
        }
    }

    func windDown() {
        eventLoop.execute { for connection in self.local.connections.values { connection.windDown() } }
    }

    func shutDown() {
        eventLoop.execute { for connection in self.local.connections.values { connection.shutDown() } }
    }

    func closeAll() {
        eventLoop.execute { for connection in self.local.connections.values { connection.closeNow() } }
    }
}
