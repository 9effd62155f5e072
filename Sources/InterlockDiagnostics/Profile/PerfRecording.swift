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
            try await untilWhole { try await recordedOnProcessor(callGraph, frequency, longest, during: body) }
        }

        private func recordedOnProcessor<Result: Sendable>(
            _ callGraph: CallGraph, _ frequency: Int, _ longest: Duration, during body: @Sendable () async throws -> Result
        ) async throws -> Attempt<Result> {
            let walk = callGraph == .framePointers ? "fp" : "dwarf,16384"
            let file = "\(folder)/on.data"
            let (result, ending) = try await record(["-F", "\(frequency)", "-g", "--call-graph", walk], file, longest, during: body)
            let reading = Mutex((parser: PerfScriptParser(), recorded: Recorded()))
            let unread = try await script(file, []) { line in
                reading.withLock { state in for event in state.parser.line(line) { take(event, &state.recorded) } }
            }
            var recorded = reading.withLock { state in
                for event in state.parser.end() { take(event, &state.recorded) }
                return state.recorded
            }
            if recorded.stacks.total == 0 { recorded.errors = result == nil ? ending.errors : unread }
            return Attempt(result: result, recorded: recorded, isWhole: result == nil || recorded.stacks.total > 0 || unread == nil)
        }

        /// Takes the stack of each thread that leaves its processor, and the time until it is back, in microseconds.
        func offProcessor<Result: Sendable>(
            longest: Duration, during body: @Sendable () async throws -> Result
        ) async throws -> (result: Result?, recorded: Recorded) {
            try await untilWhole { try await recordedOffProcessor(longest, during: body) }
        }

        private func recordedOffProcessor<Result: Sendable>(
            _ longest: Duration, during body: @Sendable () async throws -> Result
        ) async throws -> Attempt<Result> {
            let file = "\(folder)/off.data"
            let (result, ending) = try await record(
                ["-e", "context-switches", "-c", "1", "-g", "--call-graph", "fp", "--switch-events"], file, longest, during: body)
            let reading = Mutex((parser: PerfScriptParser(), waiting: WaitingStacks(), recorded: Recorded()))
            let unread = try await script(file, ["--show-switch-events"]) { line in
                reading.withLock { state in for event in state.parser.line(line) { take(event, &state.waiting, &state.recorded) } }
            }
            var recorded = reading.withLock { state in
                for event in state.parser.end() { take(event, &state.waiting, &state.recorded) }
                state.recorded.stacks = state.waiting.stacks
                return state.recorded
            }
            if recorded.stacks.total == 0 { recorded.errors = result == nil ? ending.errors : unread }
            return Attempt(result: result, recorded: recorded, isWhole: result == nil || recorded.stacks.total > 0 || unread == nil)
        }

        /// What came of one recording.
        private struct Attempt<Result: Sendable>: Sendable {
            var result: Result?
            var recorded: Recorded
            /// Whether it can be read, or was refused.
            var isWhole: Bool
        }

        /// perf ends now and then without finishing its file, which then holds nothing that can be read: it is recorded again, up to three times in all.
        private func untilWhole<Result: Sendable>(
            _ record: () async throws -> Attempt<Result>
        ) async throws -> (result: Result?, recorded: Recorded) {
            var attempt = try await record()
            for _ in 0..<2 where !attempt.isWhole { attempt = try await record() }
            return (attempt.result, attempt.recorded)
        }

        /// Whether perf may: a recording of a tenth of a second. What it says otherwise.
        func refusal() async throws -> String? {
            var ending = ExternalProgram.Ending(isSuccess: false, errors: "")
            for _ in 0..<Self.attempts {
                ending = try await perf.run(["record", "-N", "-F", "49", "-g", "-o", "\(folder)/try.data", "-p", list, "--", "sleep", "0.1"])
                guard !ending.isSuccess, ending.errors.contains("No such process") else { break }
            }
            return ending.isSuccess ? nil : ending.errors
        }

        /// How often perf is started until it follows a server whose threads come and go.
        private static let attempts = 8

        /// The processes that are still there.
        private var list: String {
            let present = processes.filter { access("/proc/\($0)", F_OK) == 0 }
            return (present.isEmpty ? processes : present).map(String.init).joined(separator: ",")
        }

        /// The end of perf's workload ends the recording even if this process cannot any more.
        ///
        /// perf lists the threads of a process and then attaches to one after the other, and gives up when one has ended in between; the load does not
        /// begin before it has attached to all, and perf is started again if it could not. Nothing is put into the cache of binaries in the home folder.
        private func record<Result: Sendable>(
            _ what: [String], _ file: String, _ longest: Duration, during body: @Sendable () async throws -> Result
        ) async throws -> (result: Result?, ending: ExternalProgram.Ending) {
            var ending = ExternalProgram.Ending(isSuccess: false, errors: "")
            for _ in 0..<Self.attempts {
                unlink(file)
                // It ends soon after this process, however that ends; between its fork and its start perf may be gone without a signal that it hears.
                let workload = "i=0; while [ $i -lt \(Int(longest.inSeconds) + 30) ] && kill -0 \(getpid()) 2>/dev/null; do sleep 1; i=$((i+1)); done"
                let rest = ["-N", "-o", file, "--max-size=512M", "-p", list, "--", "sh", "-c", workload]
                let (result, ended) = try await perf.run(["record"] + what + rest) { running -> Result? in
                    try await isAttached(running, file) ? try await body() : nil
                }
                if let result = result ?? nil { return (result, ended) }
                ending = ended
            }
            return (nil, ending)
        }

        /// Waits until perf follows every thread there is, and so all that these start; `false` when it has ended instead, or takes 15 seconds.
        ///
        /// What a thread that it has not come to yet starts meanwhile is never seen, which is why the load, which makes a server start threads, has
        /// to wait. perf writes the head of its file when it is done.
        private func isAttached(_ running: ExternalProgram.Running, _ file: String) async throws -> Bool {
            let end = clock.now + .seconds(15)
            var status = stat()
            while stat(file, &status) != 0 || status.st_size == 0 {
                guard !running.hasEnded, clock.now < end else { return false }
                try await clock.sleep(for: .milliseconds(5))
            }
            return true
        }

        /// Reads a recording; why it cannot be read, in perf's words.
        private func script(_ file: String, _ options: [String], _ onLine: @escaping @Sendable (Substring) -> Void) async throws -> String? {
            // Lines of inlined functions would be asked of addr2line one by one, for minutes.
            let ending = try await perf.run(
                ["script", "-f", "-i", file, "--no-inline", "-F", "comm,pid,tid,time,ip,sym,dso", "--show-lost-events"] + options, onLine: onLine)
            return ending.isSuccess ? nil : ending.errors
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
