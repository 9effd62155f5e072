/// What a call has left behind in its worker process.
package enum ProcessTrace: Sendable, Hashable {
    /// The process did what it should, or said that it failed; so much shared memory it may hold now each way, in bytes.
    case intact(memory: Int, failed: Bool)
    /// The process ended, made no sense, or was not asked: nobody knows what it is at.
    case broken

    /// As the result of a call tells.
    init(of result: Result<[UInt8], any Error>, input: Int) {
        switch result {
        case .success(let output): self = .intact(memory: max(input, output.count), failed: false)
        case .failure(let error as WorkerProcessError) where error.code == .failed:
            self = .intact(memory: max(input, error.message.utf8.count), failed: true)
        case .failure: self = .broken
        }
    }
}
