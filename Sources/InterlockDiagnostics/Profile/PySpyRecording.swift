#if os(Linux)
    import Glibc
    import InterlockProfiler

    /// Records a Python process with py-spy, which reads the interpreter's own frames from outside.
    struct PySpyRecording: Sendable {
        let pySpy: ExternalProgram
        let process: Int32
        let folder: String
        /// Samples a second.
        let frequency: Int

        /// Samples threads that run while `body` does.
        ///
        /// - Returns: the stacks, or why there are none, in py-spy's words.
        func record<Result: Sendable>(during body: @Sendable () async throws -> Result) async throws -> (result: Result?, stacks: FoldedStacks, errors: String?)
        {
            let file = "\(folder)/py-spy.txt"
            unlink(file)
            let arguments = [
                "record", "-f", "raw", "-o", file, "-r", "\(frequency)", "-d", "3600", "-p", "\(process)", "--threads", "--nonblocking", "--full-filenames",
            ]
            let (result, ending) = try await pySpy.run(arguments) { _ in try await body() }
            var stacks = FoldedStacks()
            do throws(FoldedStacksError) {
                for (frames, count) in try FoldedStacks(parsing: ProcFileSystem.text(file, limit: 64 << 20) ?? "").stacks {
                    stacks.add(frames.map(Self.frame), count: count)
                }
            } catch {
                return (result, stacks, "py-spy wrote what it should not: \(error)")
            }
            return (result, stacks, stacks.total == 0 ? ending.errors.split(separator: "\n").last.map(String.init) ?? "it took no sample" : nil)
        }

        /// `thread (0x7F…)` and `MainThread` name threads; everything else is code.
        private static func frame(_ frame: StackFrame) -> StackFrame {
            guard frame.symbol.hasPrefix("thread (") else { return FrameNaming.pySpyFrame(frame.symbol) }
            return StackFrame(symbol: frame.symbol.contains("MainThread") ? "main thread" : "threads without a name")
        }
    }
#endif
