import InterlockConcurrency
import InterlockJSON
import InterlockProfiler
import InterlockProtocol
import InterlockSimulation
import Synchronization
import Testing

@testable import InterlockDiagnostics

@Suite("Profiles")
struct ProfileRunTests {
    @Test("each tool is called while the server samples itself, and the report adds up", .timeLimit(.minutes(5)))
    func ownSampler() async throws {
        let (faulty, clock) = (FaultyServer(.none), ManualClock())
        let report = try await faulty.serving { server -> ProfileReport in
            let sampler: ProfileRun.OwnSampler = { seconds in
                #expect(seconds == 1)
                // It lasts until calls have been made beside it; the first was made to choose the tool.
                while faulty.calls < 20 {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                clock.advance(by: .seconds(seconds))
                return try FoldedStacks(parsing: "main thread;App`work 40\nmain thread;App`other 10\n")
            }
            return try await ProfileRun(server, limits: .init(duration: .seconds(1), width: 2), ownSampler: sampler, clock: clock).run()
        }
        #expect(report.parts.map { "\($0.operation)" } == ["work"])
        #expect(report.parts[0].calls > 0 && report.parts[0].failures == 0 && report.samples == 50)
        #expect(report.onProcessor.text == "work;main thread;App`work 40\nwork;main thread;App`other 10\n")
        #expect(report.parts[0].hot.functions.first?.frame.symbol == "work")
    }

    @Test("an interrupted profile keeps the tools that were sampled, and says how many they are; without one it ends with the interruption", .timeLimit(.minutes(5)))
    func interrupted() async throws {
        let work = ["work", "other", "third"].map { ProbeOperation.call(tool: $0, arguments: .emptyObject) }
        for whole in [1, 0] {
            let samples = Mutex(0)
            let outcome = try await FaultyServer(.none).serving { server -> Result<ProfileReport, any Error> in
                let begun = Waiter<Void>()
                let sampler: ProfileRun.OwnSampler = { _ in
                    let number = samples.withLock { samples in
                        samples += 1
                        return samples
                    }
                    if number == whole + 1 { begun.resolve(()) }
                    if number > whole { try await SystemClock.shared.sleep(for: .seconds(600)) }
                    return try FoldedStacks(parsing: "main thread;App`work 40\n")
                }
                let profile = ProfileRun(server, limits: .init(duration: .seconds(3), width: 1), ownSampler: sampler)
                let run = Task { try await profile.run(work) }
                await begun.suspend()
                run.cancel()
                return await run.result
            }
            switch outcome {
            case .success(let report):
                #expect(whole == 1 && report.parts.map { "\($0.operation)" } == ["work"] && report.notes.contains("interrupted: 1 of 3 tools were sampled"))
            case .failure: #expect(whole == 0)
            }
        }
    }

    @Test("a sampler that fails ends the run at once with its own error, however long it was to be", .timeLimit(.minutes(5)))
    func failing() async throws {
        await #expect(throws: FoldedStacksError.self) {
            try await FaultyServer(.none).serving { server in
                try await ProfileRun(server, limits: .init(duration: .seconds(3_600))) { _ in try FoldedStacks(parsing: "none") }.run()
            }
        }
    }

    @Test("a server samples itself for a minute at most at once", arguments: [(1, [1]), (60, [60]), (61, [60, 1]), (125, [60, 60, 5])])
    func ownSamples(seconds: Int, parts: [Int]) {
        #expect(ProfileRun.ownSamples(of: seconds) == parts)
    }

    @Test("a process that is none is refused with what can be done", .timeLimit(.minutes(5)))
    func unknownProcess() async throws {
        #if os(Linux)
            let error = await #expect(throws: ProfileError.self) {
                try await FaultyServer(.none).serving { server in
                    var server = server
                    server.process = { _ in nil }
                    return try await ProfileRun(server).run()
                }
            }
            #expect(error?.code == .noProcess && error?.message.contains("--pid") == true && error?.message.contains("--admin") == true)
        #endif
    }

    @Test(
        "a refusal says which setting or right is missing",
        arguments: [
            (
                "Access to performance monitoring and observability operations is limited.", 4,
                "kernel.perf_event_paranoid is 4, which leaves perf to those with CAP_PERFMON"
            ),
            ("Permission denied", 2, "kernel.perf_event_paranoid is 2, which allows a user's own processes only"),
            ("Operation not permitted", nil, "the kernel refuses"),
            ("failed: No such process", 2, "the process has ended"), ("syscall: Function not implemented", nil, "no perf_event_open"),
            ("\n  strange words\nmore", 1, "it said: strange words"),
            ("", nil, "it said: nothing"),
        ] as [(String, Int?, String)])
    func refusals(errors: String, paranoid: Int?, part: String) {
        let message = PerfRefusal.message(errors: errors, paranoid: paranoid, process: 7)
        #expect(message.contains(part) && message.contains("process 7"))
    }

    @Test("the page stands alone, has every tool, function and hint, and escapes them")
    func page() throws {
        let stacks = try FoldedStacks(parsing: "main thread;server.py`hash<b> (server.py);libcrypto.so.3`PKCS5_PBKDF2_HMAC 90\nmain thread;python3`other 10\n")
        let part = ProfileReport.Part(
            operation: .call(tool: "hash <i>", arguments: .emptyObject), calls: 3, failures: 1, seconds: 2, onProcessor: stacks,
            offProcessor: try FoldedStacks(parsing: "main thread;[kernel]`futex_do_wait 5000\n"), method: "perf, frame pointers, 499 Hz")
        let html = ProfileReport(parts: [part], runtime: .python, notes: ["a note & more"]).html(of: "<target>")
        for part in [
            "hash&lt;b&gt; (server.py)", "hash &lt;i&gt;", "passwords are hashed", "90 % of its samples", "a note &amp; more", "futex_do_wait",
            "perf, frame pointers, 499 Hz", "id=\"on\"", "id=\"off\"",
        ] {
            #expect(html.contains(part), "\(part)")
        }
        for part in ["<script", "<b>", "<i>", "<target>", "https:", "@import", "url("] { #expect(!html.contains(part), "\(part)") }
    }

    #if os(Linux)
        @Test(
            "the version of a Python from what it has mapped",
            arguments: [
                ("7f00 r-xp /usr/lib/libpython3.12.so.1.0", 12), ("5500 r-xp /usr/bin/python3.9", 9),
                ("7f00 r-xp /usr/lib/python3/_json.cpython-311-x86_64-linux-gnu.so", 11), ("/usr/bin/ruby", nil),
            ] as [(String, Int?)])
        func pythonVersions(maps: String, version: Int?) {
            #expect(SampledProcess.pythonVersion(maps) == version)
        }

        @Test(
            "a thread that sleeps is told by its stat, whatever it is called",
            arguments: [
                ("5 (a) S 1 5 5 0 -1 0 0 0 0 0 1 2 0 0", "a"), ("5 (a) R (b) D 1 5 5 0 -1 0 0 0 0 0 1 2 0 0", "a) R (b"),
                ("5 (a) R 1 5 5 0 -1 0 0 0 0 0 1 2 0 0", nil), ("", nil),
            ] as [(String, String?)])
        func waiting(stat: String, name: String?) {
            #expect(WaitSampler.waiting(stat) == name)
        }

        @Test("a program's lines come one by one, its failure is an ending, and one that does not exist is none", .timeLimit(.minutes(5)))
        func programs() async throws {
            let shell = try #require(ExternalProgram("sh"))
            let lines = Lines()
            let ending = try await shell.run(["-c", "printf 'a\\n\\nb c\\nlast'; echo why >&2; exit 3"]) { line in lines.add(String(line)) }
            #expect(lines.all == ["a", "", "b c", "last"] && !ending.isSuccess && ending.errors == "why\n")
            #expect(ExternalProgram("interlock-no-such-program") == nil)
            let (result, ended) = try await shell.run(["-c", "exec sleep 600"]) { $0.hasEnded ? 0 : 7 }
            #expect(result == 7 && ended.isSuccess)
            let (_, failed) = try await shell.run(["-c", "echo why >&2; exit 3"]) { running in while !running.hasEnded { await Task.yield() } }
            #expect(!failed.isSuccess && failed.errors == "why\n")
            #expect(await ExternalProgram("cat")?.answer(to: "x\ny\n", []) == "x\ny\n")
        }
    #endif
}
