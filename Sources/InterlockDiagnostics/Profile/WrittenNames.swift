import InterlockConcurrency
import Synchronization

#if os(Linux)
    import Glibc
#endif

/// The names of functions that interpreters wrote for perf, `/tmp/perf-PID.map`, of every process that a profile has started.
///
/// Its processes are those that were there when it looked: one that began and ended between two looks keeps its file.
final class WrittenNames: Sendable {
    private struct State {
        var started: [@Sendable () -> Int32?] = []
        var processes: Set<Int32> = []
    }

    private let folder: String
    private let state = Mutex(State())

    /// - Parameter folder: where the files are; interpreters and perf know no other place than `/tmp`.
    init(in folder: String = "/tmp") { self.folder = folder }

    /// The same server, whose links are looked at.
    func watching(_ server: DiagnosedServer) -> DiagnosedServer {
        var watched = server
        watched.open = { [self] in
            let link = server.open()
            state.withLock { $0.started.append(link.processIdentifier) }
            return link
        }
        return watched
    }

    /// Takes note of what runs now: the processes that were started, and all that descend from them.
    func look() {
        let started = state.withLock { $0.started }.compactMap { $0() }
        guard !started.isEmpty else { return }
        #if os(Linux)
            let found = started.flatMap(ProcFileSystem.tree)
        #else
            let found = started
        #endif
        state.withLock { $0.processes.formUnion(found) }
    }

    /// Removes what they have written. Call it when they have ended: some write to the last.
    func remove() {
        #if os(Linux)
            for process in state.withLock({ $0.processes }) { unlink("\(folder)/perf-\(process).map") }
        #endif
    }
}
