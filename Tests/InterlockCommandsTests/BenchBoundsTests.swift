import ArgumentParser
import Foundation
import InterlockStdio
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@testable import InterlockCommands
@testable import InterlockDiagnostics

@Suite("What a bench is compared by")
struct BenchBoundsTests {
    private static func load(_ rate: Double, seconds: Int, calls: Int = 10_000_000) -> LoadConfiguration {
        LoadConfiguration(.open([LoadPhase(rate: rate, duration: .seconds(seconds))]), maximumCalls: calls)
    }

    private static func baseline(calls: Int) -> BenchRecord {
        var result = LoadResult()
        for _ in 0..<calls { result.total.record(.ok, latency: .milliseconds(1), service: .zero) }
        return BenchRecord(target: "t", seed: 1, time: 0, result: result)
    }

    @Test("a regression has its own exit code, and what could not be told has that of the other diagnoses")
    func codes() {
        let codes = [BenchComparison.Verdict.within, .regression, .undecided, .notEnoughData].map { BenchBounds.exit($0)?.rawValue }
        #expect(codes == [nil, 6, 8, 8])
    }

    @Test("the usual rate and duration can pass: what is bounded without being named is what their calls can tell")
    func usual() throws {
        let bounds = try BenchBounds.parse([])
        let load = try BenchLoad.parse(["--tool", "t"]).configuration(nil).0
        #expect(load.plannedCalls == 500)
        #expect(try bounds.bounds(calls: 500).map(\.name) == ["p50", "p95"])
        #expect(try bounds.bounds(calls: 500).allSatisfy { $0.neededCalls <= 500 })
        try bounds.requireCalls(load, baseline: nil)
    }

    @Test("a percentile that was named and cannot be told is refused before the load, with what it takes", arguments: [
        (load(50, seconds: 10), nil, "-d 20s"), (load(200, seconds: 10, calls: 900), nil, "-n 1000"), (load(200, seconds: 10), 900, "the baseline has 900"),
    ] as [(LoadConfiguration, Int?, String)])
    func named(load: LoadConfiguration, baseline: Int?, cure: String) throws {
        let bounds = try BenchBounds.parse(["--baseline", "b.json", "--max-regression", "p50=1.1", "--max-regression", "p99=1.1"])
        let error = #expect(throws: UsageError.self) { try bounds.requireCalls(load, baseline: baseline.map(Self.baseline)) }
        #expect(error?.message.contains(cure) == true && error?.message.contains("p99 takes 1000 calls") == true, "\(error?.message ?? "")")
        // Long enough, or a closed loop, whose calls nobody knows before.
        try bounds.requireCalls(Self.load(200, seconds: 5), baseline: Self.baseline(calls: 1_000))
        try bounds.requireCalls(LoadConfiguration(.closed(clients: 1, duration: .seconds(1))), baseline: nil)
    }

    @Test("a load that plans no call at all is refused like one that is too short", arguments: [0.5, 1e-300])
    func noCalls(rate: Double) throws {
        let bounds = try BenchBounds.parse(["--baseline", "b.json", "--max-regression", "p50=1.1"])
        let error = #expect(throws: UsageError.self) { try bounds.requireCalls(Self.load(rate, seconds: 1), baseline: nil) }
        #expect(error?.message.contains("p50 takes 20 calls on each side, and this load makes 0: give it a longer -d") == true, "\(error?.message ?? "")")
    }

    @Test("what says how to compare is refused where there is nothing to compare with, before the server is asked", arguments: [
        ["--max-regression", "p99=1.1"], ["--across-machines"], ["--across-loads"], ["--max-regression", "p50=1.1", "--across-loads", "--breaking-point"],
    ])
    func nothingToCompare(options: [String]) async throws {
        func refusal(_ more: [String]) async throws -> String {
            // Nobody listens there: who gets so far cannot reach it.
            let command = try BenchRun.parse(["--tool", "t", "-d", "1s"] + options + more + ["http://127.0.0.1:1/mcp"])
            do { try await command.run() } catch { return "\(error)" }
            return ""
        }
        let refused = try await refusal([])
        #expect(refused.contains(options[0]) && refused.contains("--baseline <file> or --against <server>"), "\(refused)")
        // The control: with something to compare with it is not that which is wrong.
        #expect(!(try await refusal(["--baseline", "/no/such/file"])).contains("nothing to compare with"))
    }

    @Test("a bound of calls that is enough for the whole is enough for its blocks", arguments: [(1_000, 34), (29, 1), (10_000_000, 333_334)])
    func blocks(calls: Int, each: Int) {
        let (block, pairs) = Self.load(200, seconds: 30, calls: calls).inBlocks
        #expect(pairs == 30 && block.maximumCalls == each && block.maximumCalls * pairs >= calls)
    }

    @Test("a command is started with the limit that this process was given, and no work raises it that fits")
    func startedWith() throws {
        var (before, after) = (rlimit(), rlimit())
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        getrlimit(resource, &before)
        try DescriptorLimit.require(1, for: "nothing")
        getrlimit(resource, &after)
        #expect(before.rlim_cur == after.rlim_cur)
        let command = ServerCommand("/bin/sh", arguments: ["-c", "ulimit -S -n; echo \"$1\"", "sh", "a 'b"])
        let limited = DescriptorLimit.limited(command, to: 123)
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: limited.executable)
        process.arguments = limited.arguments
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text == "123\na 'b\n")
        #expect(limited.environment == command.environment && limited.workingDirectory == command.workingDirectory)
    }

    @Test("a load that needs more descriptors than there may be is refused by its options, and not in the middle")
    func descriptors() throws {
        let error = #expect(throws: UsageError.self) { try DescriptorLimit.check(1_000, of: 1_024, for: "--agents") }
        #expect(error?.message.contains("--agents may need 1064 descriptors") == true && error?.message.contains("1024") == true)
        try DescriptorLimit.check(1_000, of: 1_064, for: "--agents")
        let (url, command) = (try ServerTarget("http://127.0.0.1:1/mcp"), try ServerTarget("./server --stdio"))
        #expect(try url.benchDescriptors(try BenchLoad.parse(["--in-flight", "300", "--agents", "20"]), nil) == 320)
        #expect(try url.benchDescriptors(try BenchLoad.parse(["-c", "900"]), nil) == 1_800)
        #expect(try command.benchDescriptors(try BenchLoad.parse(["--agents", "20"]), nil) == 60)
    }
}
