#if os(Linux)
    import Glibc
    import InterlockConcurrency
    import InterlockProfiler
    import Synchronization

    /// Records with perf while something runs, and reads the stacks back.
    struct PerfRecording: Sendable {
        /// How perf walks a stack.
        enum CallGraph: String, Sendable, Hashable {
            /// Along frame pointers: cheap, and broken by code built without them.
            case framePointers
            /// By unwind tables on a copy of the stack: dear, and right for nearly all native code.
            case dwarf
        }

        /// What came of a recording.
        struct Recorded: Sendable {
            var stacks = FoldedStacks()
            /// Samples whose stack was walked into code without frame pointers.
            var broken = 0
            /// Samples and records perf says it lost.
            var lost = 0
            /// Why there is none, in perf's words.
            var errors: String?

            var brokenShare: Double { stacks.total > 0 ? Double(broken) / Double(stacks.total) : 0 }
        }

        let perf: ExternalProgram
        /// The server's process and what it has started.
        let processes: [Int32]
        /// The name of the server's process, which its threads bear that have none of their own.
        let processName: String
        /// Where recordings are kept until they are read.
        let folder: String
        let clock: any SchedulingClock

        /// Samples on the processor.
        func onProcessor<Result: Sendable>(
            _ callGraph: CallGraph, frequency: Int, longest: Duration, during body: @Sendable () async throws -> Result
        ) async throws -> (result: Result?, recorded: Recorded) {
            let walk = callGraph == .framePointers ? "fp" : "dwarf,16384"
            let file = "\(folder)/on.data"
            let (result, ending) = try await record(["-F", "\(frequency)", "-g", "--call-graph", walk], file, longest, during: body)
            let reading = Mutex((parser: PerfScriptParser(), recorded: Recorded()))
            try await script(file, []) { line in
                reading.withLock { state in for event in state.parser.line(line) { take(event, &state.recorded) } }
            }
            var recorded = reading.withLock { state in
                for event in state.parser.end() { take(event, &state.recorded) }
                return state.recorded
            }
            if recorded.stacks.total == 0, !ending.isSuccess { recorded.errors = ending.errors }
            return (result, recorded)
        }

        /// Takes the stack of each thread that leaves its processor, and the time until it is back, in microseconds.
        func offProcessor<Result: Sendable>(
            longest: Duration, during body: @Sendable () async throws -> Result
        ) async throws -> (result: Result?, recorded: Recorded) {
            let file = "\(folder)/off.data"
            let (result, ending) = try await record(
                ["-e", "context-switches", "-c", "1", "-g", "--call-graph", "fp", "--switch-events"], file, longest, during: body)
            let reading = Mutex((parser: PerfScriptParser(), waiting: WaitingStacks(), recorded: Recorded()))
            try await script(file, ["--show-switch-events"]) { line in
                reading.withLock { state in for event in state.parser.line(line) { take(event, &state.waiting, &state.recorded) } }
            }
            var recorded = reading.withLock { state in
                for event in state.parser.end() { take(event, &state.waiting, &state.recorded) }
                state.recorded.stacks = state.waiting.stacks
                return state.recorded
            }
            if recorded.stacks.total == 0, !ending.isSuccess { recorded.errors = ending.errors }
            return (result, recorded)
        }

        /// Whether perf may: a recording of a tenth of a second. What it says otherwise.
        func refusal() async throws -> String? {
            let file = "\(folder)/try.data"
            let ending = try await perf.run(["record", "-q", "-F", "49", "-g", "-o", file, "-p", list, "--", "sleep", "0.1"])
            return ending.isSuccess ? nil : ending.errors
        }

        private var list: String { processes.map(String.init).joined(separator: ",") }

        /// The end of perf's workload ends the recording even if this process cannot any more.
        private func record<Result: Sendable>(
            _ what: [String], _ file: String, _ longest: Duration, during body: @Sendable () async throws -> Result
        ) async throws -> (result: Result?, ending: ExternalProgram.Ending) {
            unlink(file)
            let rest = ["-o", file, "--max-size=512M", "-p", list, "--", "sleep", "\(Int(longest.inSeconds) + 15)"]
            return try await perf.run(["record", "-q"] + what + rest) {
                try await attached(file)
                return try await body()
            }
        }

        /// Waits until perf follows every thread there is, and so all that these start.
        ///
        /// perf lists the threads and then attaches to one after the other; what a thread that it has not come to yet starts meanwhile is never
        /// seen. The load, which makes a server start threads, therefore has to wait. perf writes the head of its file when it is done.
        private func attached(_ file: String) async throws {
            let end = clock.now + .seconds(5)
            var status = stat()
            // One that was refused writes nothing; that its recording is empty is told elsewhere.
            while stat(file, &status) != 0 || status.st_size == 0, clock.now < end { try await clock.sleep(for: .milliseconds(5)) }
        }

        private func script(_ file: String, _ options: [String], _ onLine: @escaping @Sendable (Substring) -> Void) async throws {
            // Lines of inlined functions would be asked of addr2line one by one, for minutes.
            _ = try await perf.run(
                ["script", "-f", "-i", file, "--no-inline", "-F", "comm,pid,tid,time,ip,sym,dso", "--show-lost-events"] + options, onLine: onLine)
        }

        private func stack(_ sample: PerfSample) -> [StackFrame] {
            [ThreadNaming.frame(name: sample.name, isMain: sample.process == sample.thread, process: processName)] + sample.frames
        }

        private func take(_ event: PerfEvent, _ recorded: inout Recorded) {
            switch event {
            case .sample(let sample):
                recorded.stacks.add(stack(sample))
                if sample.isBroken { recorded.broken += 1 }
            case .lost(let count): recorded.lost += count
            case .switchedIn, .switchedOut: break
            }
        }

        private func take(_ event: PerfEvent, _ waiting: inout WaitingStacks, _ recorded: inout Recorded) {
            switch event {
            case .sample(let sample): waiting.left(thread: sample.thread, time: sample.time, stack: stack(sample))
            case .switchedOut(let thread, let preempted): if preempted { waiting.preempted(thread: thread) }
            case .switchedIn(let thread, let time): waiting.returned(thread: thread, time: time)
            case .lost(let count): recorded.lost += count
            }
        }
    }
#endif
