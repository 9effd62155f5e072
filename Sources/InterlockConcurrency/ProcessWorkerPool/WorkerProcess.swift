import Synchronization

/// One child process that does one piece of work at a time.
final class WorkerProcess: Sendable {
    private enum State {
        case running, killed, reaped
    }

    private let child: OperatingSystem.Child
    private let guardian: ProcessGuard?
    private let state = Mutex(State.running)

    /// Starts the process.
    ///
    /// - Parameter guardian: Who kills it when this process ends without doing so.
    init(executable: String, arguments: [String], environment: [String], guardian: ProcessGuard?) throws(FileError) {
        self.guardian = guardian
        child = try OperatingSystem.startChild(executable, arguments, environment)
        guardian?.watch(child.process)
    }

    /// Nobody can use it any more: a pool that was let go of leaves no process behind.
    deinit {
        end()
    }

    /// The system's number of the process.
    var number: Int32 { child.process }

    /// Whether it has not been killed.
    var isRunning: Bool { state.withLock { $0 == .running } }

    /// Whether the process can be given work. What a call has not asked for would be taken for the answer to the next one.
    var isReady: Bool {
        // Under the lock, so that neither its number nor its descriptor is another's by now. Neither look waits.
        state.withLock { $0 == .running && !OperatingSystem.hasEnded(child) && OperatingSystem.isQuiet(child.stream) }
    }

    /// Gives the process its work and waits for the answer. Blocks; ends when the process does.
    func call(_ input: some Collection<UInt8>) throws(WorkerProcessError) -> [UInt8] {
        guard OperatingSystem.store(input, in: child.input), OperatingSystem.sendLine("\(input.count)", to: child.stream),
            let answer = OperatingSystem.receiveLine(from: child.stream)
        else { throw WorkerProcessError(code: .died, message: "the worker process ended while it was at work; see what it wrote to its standard error") }
        let words = answer.split(separator: " ")
        guard words.count == 2, let count = Int(words[1]), let output = OperatingSystem.load(count, from: child.output),
            words[0] == "ok" || words[0] == "failed"
        else { throw WorkerProcessError(code: .died, message: "the worker process answered '\(answer)'; it must answer by the protocol of ProcessWorker") }
        if words[0] == "ok" { return output }
        throw WorkerProcessError(code: .failed, message: String(decoding: output, as: UTF8.self))
    }

    /// Gives back the memory of earlier calls, which the system cannot page out where there is no swap. Not during a call.
    func empty() {
        OperatingSystem.empty(child.input)
        OperatingSystem.empty(child.output)
    }

    /// Ends the process and its children at once, whatever they are doing. From any thread, any number of times.
    func kill() {
        state.withLock { state in
            // Under the lock, so that the number is not another process's by now.
            guard state != .reaped else { return }
            state = .killed
            OperatingSystem.kill(child)
        }
    }

    /// Kills the process and waits until the system has forgotten it, when nobody uses it any more. Blocks briefly; a second
    /// call does nothing.
    func end() {
        kill()
        let isFirst = state.withLock { state in
            defer { state = .reaped }
            return state != .reaped
        }
        guard isFirst else { return }
        guardian?.forget(child.process)
        OperatingSystem.reap(child)
    }
}
