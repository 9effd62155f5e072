#if os(Linux)
    import Glibc
    import InterlockConcurrency
    import InterlockProfiler

    extension ProfileRun {
        /// What takes the samples of one process.
        private enum Sampler {
            case perf(PerfRecording)
            case pySpy(PySpyRecording)
        }

        func sampledFromOutside(
            _ work: [ProbeOperation], _ load: CycleLoad, _ reader: (any ProcessReading)?, notes leftOut: [String]
        ) async throws -> ProfileReport {
            guard let reader else {
                throw ProfileError(
                    .noProcess,
                    "no process of this machine is known for this server: name it with --pid, run "
                        + "this beside it, or ask an Interlock server to sample itself with --admin URL"
                )
            }
            let recordings: TemporaryFolder
            do { recordings = try TemporaryFolder("profile") } catch { throw ProfileError(.refused, "there is no place for recordings: \(error)") }
            defer { recordings.remove() }
            let folder = recordings.path
            let target = SampledProcess(processes: ProcFileSystem.tree(of: reader.processIdentifier), server: reader.serverIdentifier, runtime: reader.runtime)
            var notes = leftOut
            var sampler = try await sampler(target, folder, &notes)
            var sampled: [Sampled] = []
            for operation in work {
                let before = notes
                do {
                    let one = try await sample(operation, load, &sampler, target, folder, limits.duration / work.count, &notes)
                    // What was cut off is no part that is told.
                    try Task.checkCancellation()
                    sampled.append(one)
                } catch {
                    guard Task.isCancelled, !sampled.isEmpty else { throw error }
                    notes = before + [Self.interrupted(sampled.count, of: work.count)]
                    break
                }
            }
            progress("reading names")
            var stacks = sampled.flatMap { [$0.onProcessor, $0.offProcessor] }
            // In a task of its own, which is awaited at once: an interrupted profile is read to its end.
            let unnamed = stacks
            if let named = await Task(operation: { await SwiftDemangling.demangled(unnamed) }).value {
                stacks = named
            } else {
                notes.append("Swift symbols are shown mangled: there is no `swift demangle` in PATH here")
            }
            let parts = sampled.enumerated().map { index, one in
                ProfileReport.Part(
                    operation: one.operation, calls: one.calls, failures: one.failures, seconds: one.seconds, onProcessor: stacks[index * 2],
                    offProcessor: stacks[index * 2 + 1],
                    method: one.method)
            }
            return ProfileReport(parts: parts, runtime: reader.runtime, notes: notes)
        }

        /// What came of one kind of work, its names not yet readable.
        private struct Sampled {
            var operation: ProbeOperation
            var calls: Int
            var failures: Int
            var seconds: Double
            var onProcessor: FoldedStacks
            var offProcessor = FoldedStacks()
            var method: String
            /// Of the samples along frame pointers, those that were cut off.
            var brokenShare = 0.0
        }

        /// From this share of cut off stacks on, another way is tried.
        private static let muchBroken = 1.0 / 3

        /// py-spy, where it is installed and the process is its kind.
        private func pySpy(_ target: SampledProcess, _ folder: String) -> PySpyRecording? {
            guard target.runtime == .python, let program = ExternalProgram("py-spy") else { return nil }
            return PySpyRecording(pySpy: program, process: target.server, folder: folder, frequency: min(250, limits.frequency))
        }

        /// One kind of work, by the sampler there is; where that meets stacks that it cannot read, by py-spy from then on.
        private func sample(
            _ operation: ProbeOperation, _ load: CycleLoad, _ sampler: inout Sampler, _ target: SampledProcess, _ folder: String, _ length: Duration,
            _ notes: inout [String]
        ) async throws -> Sampled {
            switch sampler {
            case .perf(let recording):
                let one = try await sample(operation, load, recording, target, length, &notes)
                guard one.brokenShare > Self.muchBroken, let reader = pySpy(target, folder) else { return one }
                notes.append("this Python was built without frame pointers, so perf reaches the names of its innermost functions at most: py-spy was used instead")
                sampler = .pySpy(reader)
                return try await sample(operation, load, reader, length, &notes)
            case .pySpy(let recording): return try await sample(operation, load, recording, length, &notes)
            }
        }

        /// The best there is for this process; perf's refusal, with what else can be used, if there is none.
        private func sampler(_ target: SampledProcess, _ folder: String, _ notes: inout [String]) async throws -> Sampler {
            if !target.hasNamedFunctions, let recording = pySpy(target, folder) { return .pySpy(recording) }
            if target.runtime == .python || target.runtime == .node, !target.hasNamedFunctions { notes.append(target.nameless) }
            guard let perf = ExternalProgram("perf") else {
                throw ProfileError(.refused, "perf is not in PATH: install it (linux-perf, linux-tools or perf). Without it, \(PerfRefusal.advice)")
            }
            let recording = PerfRecording(perf: perf, processes: target.processes, processName: target.name, folder: folder, clock: clock)
            if let errors = try await recording.refusal() {
                let paranoid = ProcFileSystem.text("/proc/sys/kernel/perf_event_paranoid").flatMap { Int($0.filter { $0.isNumber || $0 == "-" }) }
                throw ProfileError(
                    .refused, "\(PerfRefusal.message(errors: errors, paranoid: paranoid, process: target.server)). To allow it, \(PerfRefusal.advice)")
            }
            return .perf(recording)
        }

        private func sample(
            _ operation: ProbeOperation, _ load: CycleLoad, _ recording: PerfRecording, _ target: SampledProcess, _ length: Duration, _ notes: inout [String]
        ) async throws -> Sampled {
            let on = limits.offProcessor ? length / 3 * 2 : length
            var walk: PerfRecording.CallGraph = limits.callGraph == .dwarf ? .dwarf : .framePointers
            progress("\(operation): on the processor, \(Int(on.inSeconds)) s")
            var (result, recorded) = try await recording.onProcessor(walk, frequency: frequency(walk), longest: on) { try await call(operation, load, for: on) }
            let brokenShare = walk == .framePointers ? recorded.brokenShare : 0
            if limits.callGraph == .automatic, brokenShare > Self.muchBroken {
                if target.runtime == .python, target.hasNamedFunctions {
                    note(
                        "this Python was built without frame pointers, so perf reaches the names of its innermost functions at most: install py-spy, which reads "
                            + "them all",
                        &notes)
                }
                progress("\(operation): once more, by unwind tables")
                let (second, better) = try await recording.onProcessor(.dwarf, frequency: frequency(.dwarf), longest: on) {
                    try await call(operation, load, for: on)
                }
                if better.stacks.total == 0 {
                    notes.append("\(operation): unwind tables gave no samples: \(better.errors ?? "perf met none of its threads on a processor")")
                } else {
                    (walk, result, recorded) = (.dwarf, second, better)
                    notes.append(
                        "\(operation): \(Int(brokenShare * 100)) % of the stacks ended in code "
                            + "without frame pointers, so it was sampled once more by unwind tables, "
                            + "\(frequency(walk)) times a second: its boxes are narrower for that beside other tools")
                }
            } else if brokenShare > 0.1 {
                notes.append(
                    "\(operation): \(Int(brokenShare * 100)) % of the stacks are cut off: code "
                        + "without frame pointers was running; --call-graph dwarf reads most of it"
                )
            }
            if recorded.lost > 0 { notes.append("\(operation): perf lost \(recorded.lost) records; fewer samples (--frequency) leave it room") }
            if let errors = recorded.errors {
                notes.append("\(operation): \(PerfRefusal.message(errors: errors, paranoid: nil, process: target.server))")
            } else if recorded.stacks.total == 0 {
                notes.append("\(operation): perf met none of its threads on a processor in \(result?.calls ?? 0) calls")
            }
            let method = "perf, \(walk == .dwarf ? "unwind tables" : "frame pointers"), \(frequency(walk)) Hz"
            return Sampled(
                operation: operation, calls: result?.calls ?? 0, failures: result?.failures ?? 0, seconds: result?.seconds ?? 0, onProcessor: recorded.stacks,
                offProcessor: limits.offProcessor ? try await waiting(operation, load, recording, target, length / 3, &notes) : FoldedStacks(), method: method,
                brokenShare: brokenShare)
        }

        /// Copying stacks costs: fewer samples for unwind tables.
        private func frequency(_ walk: PerfRecording.CallGraph) -> Int { walk == .dwarf ? min(limits.frequency, 199) : limits.frequency }

        private func waiting(
            _ operation: ProbeOperation, _ load: CycleLoad, _ recording: PerfRecording, _ target: SampledProcess, _ length: Duration, _ notes: inout [String]
        ) async throws -> FoldedStacks {
            progress("\(operation): waiting, \(Int(length.inSeconds)) s")
            let (_, recorded) = try await recording.offProcessor(longest: length) { try await call(operation, load, for: length) }
            if recorded.stacks.total > 0 {
                note("waiting was measured by perf at each switch of threads (context-switches), which needs no tracefs", &notes)
                return recorded.stacks
            }
            note(
                "waiting was looked up in /proc every 10 ms, without stacks: following switches "
                    + "of threads needs CAP_PERFMON or kernel.perf_event_paranoid at 1 or less",
                &notes)
            return try await lookedUp(operation, load, target, length)
        }

        private func lookedUp(_ operation: ProbeOperation, _ load: CycleLoad, _ target: SampledProcess, _ length: Duration) async throws -> FoldedStacks {
            let sampler = WaitSampler(processes: target.processes, processName: target.name, clock: clock)
            return try await withThrowingTaskGroup(of: FoldedStacks?.self) { group in
                group.addTask { await sampler.untilCancelled() }
                group.addTask {
                    _ = try await call(operation, load, for: length)
                    return nil
                }
                var stacks = FoldedStacks()
                for try await result in group { if let result { stacks = result } else { group.cancelAll() } }
                return stacks
            }
        }

        private func sample(_ operation: ProbeOperation, _ load: CycleLoad, _ recording: PySpyRecording, _ length: Duration, _ notes: inout [String])
            async throws -> Sampled
        {
            progress("\(operation): py-spy, \(Int(length.inSeconds)) s")
            let (result, stacks, errors) = try await recording.record { try await call(operation, load, for: length) }
            if let errors { notes.append("\(operation): py-spy took no samples: \(errors)") }
            note("py-spy shows Python's own frames; waiting was not measured", &notes)
            return Sampled(
                operation: operation, calls: result?.calls ?? 0, failures: result?.failures ?? 0, seconds: result?.seconds ?? 0, onProcessor: stacks,
                method: "py-spy, \(recording.frequency) Hz")
        }

        /// Once, though it holds for each tool.
        private func note(_ text: String, _ notes: inout [String]) { if !notes.contains(text) { notes.append(text) } }
    }
#endif
