import Foundation
import InterlockConcurrency
import Testing

@testable import InterlockDiagnostics

@Suite("What a process used", .timeLimit(.minutes(5)))
struct ProcessUseTests {
    private static func sample(_ milliseconds: Int, living: [Double], all: Double?) -> ProcessSample {
        ProcessSample(
            time: .zero + .milliseconds(milliseconds),
            threadUse: living.enumerated().map { .init(id: Int32($0), name: "t\($0)", cpuNanoseconds: Int64($1 * 1e6)) },
            processNanoseconds: all.map { Int64($0 * 1e6) })
    }

    @Test("Time of threads and children that have ended counts; a tick's rounding does not", arguments: [
        ("living threads, exact", [30.0], 30.0, 30.0), ("a child that computed and ended", [2], 240, 240), ("rounded up by a tick", [31], 50, 31),
        ("not known", [31], nil, 31), ("counters that went backwards", [31], -50, 31),
    ] as [(String, [Double], Double?, Double)])
    func cpu(name: String, living: [Double], all: Double?, expected: Double) {
        let use = ProcessUse(Self.sample(0, living: living.map { _ in 0 }, all: all.map { _ in 0 }), Self.sample(1000, living: living, all: all))
        #expect(use.cpu == expected, "\(name)")
    }

    @Test("Processor time is told by thread, the busiest first and eight at most; of one that slept nothing is said")
    func threads() {
        let before = Self.sample(0, living: Array(repeating: 5, count: 12), all: nil)
        let summary = ProcessSummary(before, Self.sample(1000, living: (0..<12).map { 5 + Double($0 * 10) }, all: nil))
        #expect(summary.cpuByThread.map(\.cpu) == [110, 100, 90, 80, 70, 60, 50, 40] && summary.cpuByThread.first?.name == "t11")
        #expect(summary.figures.last == .init("processor time of thread 4 (t4)", 40, "ms"))
        #expect(ProcessSummary(before, Self.sample(1000, living: [9] + Array(repeating: 5, count: 11), all: nil)).cpuByThread == [.init(id: 0, name: "t0", cpu: 4)])
    }

    #if os(Linux)
    @Test("A process whose children compute one after the other is seen to compute, where its own threads do next to nothing")
    func children() throws {
        let shell = Process()
        let (input, output) = (Pipe(), Pipe())
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        // Each line that is read starts a child that counts, and is answered when it has ended.
        shell.arguments = ["-c", "while read line; do (i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done); echo done; done"]
        (shell.standardInput, shell.standardOutput) = (input, output)
        try shell.run()
        defer {
            try? input.fileHandleForWriting.close() // its end ends the shell
            shell.waitUntilExit()
        }
        let reader = try #require(ProcFileSystem(process: shell.processIdentifier))
        let before = try #require(reader.sample())
        for _ in 0..<3 {
            try input.fileHandleForWriting.write(contentsOf: Data("go\n".utf8))
            #expect(try output.fileHandleForReading.read(upToCount: 5) == Data("done\n".utf8))
        }
        let after = try #require(reader.sample())
        let use = ProcessUse(before, after)
        let living = after.threadUse.reduce(0) { $0 + $1.cpuNanoseconds } - before.threadUse.reduce(0) { $0 + $1.cpuNanoseconds }
        #expect((use.cpu ?? 0) >= 60)
        // The negative control: whoever counts the living alone sees a process that waits.
        #expect(Double(living) / 1e6 < 30)
        #expect(before.began[shell.processIdentifier] == after.began[shell.processIdentifier] && after.began[shell.processIdentifier] != nil)
    }
    #endif
}
