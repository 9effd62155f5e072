#if os(Linux)
    import InterlockConcurrency
    import InterlockProfiler

    /// Where threads wait, by looking at each of them every ten milliseconds in `/proc`: which function of the kernel it sleeps in, without the stack above.
    ///
    /// For systems on which perf may not follow switches. Counts microseconds.
    struct WaitSampler: Sendable {
        static let interval = Duration.milliseconds(10)

        let processes: [Int32]
        let processName: String
        let clock: any SchedulingClock

        /// Looks until it is cancelled.
        func untilCancelled() async -> FoldedStacks {
            var stacks = FoldedStacks()
            var last = clock.now
            while true {
                do { try await clock.sleep(for: Self.interval) } catch { return stacks }
                let now = clock.now
                let microseconds = Int((now - last).inSeconds * 1e6)
                last = now
                for process in processes {
                    for thread in ProcFileSystem.threads(of: process) {
                        guard let waiting = Self.waiting(ProcFileSystem.text("/proc/\(process)/task/\(thread)/stat") ?? ""),
                            let place = ProcFileSystem.text("/proc/\(process)/task/\(thread)/wchan"), place != "0", !place.isEmpty
                        else { continue }
                        stacks.add(
                            [
                                ThreadNaming.frame(name: waiting, isMain: process == thread, process: processName),
                                FrameNaming.frame(symbol: place, file: "[kernel.kallsyms]"),
                            ], count: microseconds)
                    }
                }
            }
        }

        /// The name of a thread that sleeps; `nil` when it runs.
        static func waiting(_ stat: String) -> String? {
            guard let name = ProcText.stat(stat)?.name, let close = stat.lastIndex(of: ")") else { return nil }
            let state = stat[close...].dropFirst().first { $0 != " " }
            return state == "S" || state == "D" ? name : nil
        }
    }
#endif
