internal import InterlockConcurrency
internal import InterlockTransport
internal import Subprocess
import Synchronization

#if canImport(System)
internal import System
#else
internal import SystemPackage
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One child process in a group of its own: started, watched, ended by the ladder of ``TeardownStateMachine``, reaped.
final class ChildProcess: Sendable {
    private struct State {
        var teardown: TeardownStateMachine
        var timer: ScheduledAction?
    }

    let identifier: pid_t
    /// Becomes readable, or ends, when the child exits.
    let exitSignal: Descriptor

    private let state: Mutex<State>
    private let clock: any SchedulingClock
    private let mayBeReaped: OneShot<Void>
    /// The subprocess library's part: it holds the child until ``mayBeReaped``. Awaited by ``reaped()``.
    private let reaper: Task<Void, Never>
    private let hooks: Hooks

    /// What the ladder does to the pipes.
    struct Hooks: Sendable {
        /// Its first step.
        var closeInput: @Sendable () -> Void
        /// Its end: whoever may still hold the pipes is none of ours.
        var stopReading: @Sendable () -> Void
    }

    /// Starts the command with these three descriptors, which are closed in this process afterwards.
    static func start(
        _ command: ServerCommand, configuration: StdioClientConfiguration, clock: any SchedulingClock,
        input: Descriptor, output: Descriptor, error: Descriptor, hooks: Hooks
    ) async throws(TransportError) -> ChildProcess {
        let invocation = try await command.invocation(diesWithParent: configuration.diesWithParent)
        let started = OneShot<Result<ProcessIdentifier, TransportError>>()
        let mayBeReaped = OneShot<Void>()
        let reaper = Task {
            // Awaited by `reaped()`, which `close()` of the transport calls; it ends when the ladder is done.
            do {
                _ = try await Subprocess.run(
                    invocation,
                    input: .fileDescriptor(FileDescriptor(rawValue: input.number), closeAfterSpawningProcess: false),
                    output: .fileDescriptor(FileDescriptor(rawValue: output.number), closeAfterSpawningProcess: false),
                    error: .fileDescriptor(FileDescriptor(rawValue: error.number), closeAfterSpawningProcess: false)
                ) { execution in
                    for descriptor in [input, output, error] { descriptor.close() }
                    started.resolve(.success(execution.processIdentifier))
                    await mayBeReaped.wait()
                }
            } catch {
                for descriptor in [input, output] { descriptor.close() }
                started.resolve(.failure(TransportError(.unreachable, "cannot start '\(command.executable)': \(error)", cause: error)))
            }
            error.close()
        }
        let process = try await started.wait().get()
        do throws(TransportError) {
            return ChildProcess(
                process, configuration: configuration, clock: clock, mayBeReaped: mayBeReaped, reaper: reaper,
                exitSignal: try Self.exitSignal(of: process), hooks: hooks
            )
        } catch {
            kill(-process.value, SIGKILL)
            mayBeReaped.resolve(())
            await reaper.value
            throw error
        }
    }

    private init(
        _ process: ProcessIdentifier, configuration: StdioClientConfiguration, clock: any SchedulingClock,
        mayBeReaped: OneShot<Void>, reaper: Task<Void, Never>, exitSignal: Descriptor, hooks: Hooks
    ) {
        self.identifier = process.value
        self.exitSignal = exitSignal
        self.state = Mutex(State(teardown: TeardownStateMachine(
            exitGrace: configuration.exitGrace, terminationGrace: configuration.terminationGrace
        )))
        self.clock = clock
        self.mayBeReaped = mayBeReaped
        self.reaper = reaper
        self.hooks = hooks
    }

    /// Begins the ladder; returns at once. Idempotent.
    func beginTeardown() {
        perform { $0.begin(now: $1) }
    }

    /// The child was seen to exit.
    func exited() {
        perform { $0.exited(now: $1) }
    }

    /// Its standard output and standard error were seen to end.
    func pipesClosed() {
        perform { teardown, _ in teardown.pipesClosed() }
    }

    /// Suspends until the child is reaped and nothing of it is left.
    func reaped() async {
        await reaper.value
    }

    private func perform(_ event: (inout TeardownStateMachine, MonotonicTime) -> TeardownStateMachine.Action) {
        let now = clock.now
        // The signals are sent under the lock: until the machine says `reap`, the child is at most a zombie, so its
        // number cannot have been given to anybody else. The timers are set under it, too: the last step's is the one that stays.
        let action = state.withLock { state in
            let action = event(&state.teardown, now)
            switch action {
            case .terminate(let until):
                kill(-identifier, SIGTERM)
                arm(until, &state)
            case .kill:
                kill(-identifier, SIGKILL)
                return state.teardown.killed()
            case .closeInput(let until): arm(until, &state)
            case .none, .reap: break
            }
            return action
        }
        switch action {
        case .closeInput: hooks.closeInput()
        case .reap:
            state.withLock { $0.timer }?.cancel()
            hooks.closeInput()
            hooks.stopReading()
            mayBeReaped.resolve(())
        case .none, .terminate, .kill: break
        }
    }

    private func arm(_ time: MonotonicTime, _ state: inout State) {
        let previous = state.timer
        state.timer = clock.schedule(at: time) { [self] in perform { $0.timeIsUp(now: $1) } }
        previous?.cancel()
    }

    private static func exitSignal(of process: ProcessIdentifier) throws(TransportError) -> Descriptor {
        #if os(Linux)
        if process.processDescriptor >= 0 { return try Descriptor.duplicate(of: process.processDescriptor) }
        #endif
        // No process descriptor here: a thread waits for the exit and lets the pipe end.
        let (read, write) = try Descriptor.pipe()
        let identifier = process.value
        try PosixThread.start(named: "interlock-exit") {
            _ = ChildExit.peek(identifier, blocking: true)
            write.close()
        }
        return read
    }
}
