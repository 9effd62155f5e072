/// A worker process, and the threads on which its callers wait for it, since that blocks.
struct ThreadedWorkerProcess: PooledProcess {
    let process: WorkerProcess
    let threads: WorkerPool

    func call(_ input: [UInt8]) async throws -> [UInt8] {
        try await threads.run { try process.call(input) }
    }

    var isReady: Bool { process.isReady }

    func kill() {
        process.kill()
    }

    func empty() {
        process.empty()
    }

    func end() async {
        // On a thread, unless these are gone or the task is cancelled: a killed process is soon reaped.
        do { try await threads.run { process.end() } } catch { process.end() }
    }
}
