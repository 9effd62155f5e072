#if os(Linux)
    import InterlockProfiler

    /// Gives Swift symbols their readable names through the toolchain's own demangler, all in one run of it.
    enum SwiftDemangling {
        /// The stacks with readable names; `nil` when there are mangled ones and no toolchain here can read them.
        static func demangled(_ all: [FoldedStacks]) async -> [FoldedStacks]? {
            let symbols = Set(all.flatMap { $0.frames.map(\.symbol) }.filter(FrameNaming.isMangledSwift)).sorted()
            if symbols.isEmpty { return all }
            guard let (program, arguments) = demangler else { return nil }
            guard let answer = await program.answer(to: symbols.joined(separator: "\n") + "\n", arguments) else { return nil }
            let names = answer.split(separator: "\n", omittingEmptySubsequences: false)
            guard names.count >= symbols.count else { return nil }
            let table = Dictionary(zip(symbols, names.map(String.init))) { first, _ in first }
            return all.map { stacks in stacks.mapFrames { frame in table[frame.symbol].map { FrameNaming.demangled(frame, $0) } ?? frame } }
        }

        private static var demangler: (ExternalProgram, [String])? {
            if let program = ExternalProgram("swift-demangle") { return (program, ["-simplified"]) }
            return ExternalProgram("swift").map { ($0, ["demangle", "-simplified"]) }
        }
    }
#endif
