#if os(Linux)
import Foundation
import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("Worker processes")
struct ProcessWorkerPoolTests {
    /// A worker written in shell: makes capitals; `hang`, `fail`, `die` and `babble` do what they say, `number` tells its
    /// own, `twice` answers two times, and `gate` once a line is in the named pipe GATE.
    private static let script = """
        while read n; do
          case "$(head -c "$n" /dev/fd/3 | head -c 6)" in
            hang) sleep 1000 & wait ;;
            fail) printf 'no such word' > /dev/fd/4; echo 'failed 12' ;;
            die) exit 3 ;;
            babble) echo 'what?' ;;
            number) own=$$; printf '%s' "$own" > /dev/fd/4; echo "ok ${#own}" ;;
            gate) read -r _ < "$GATE"; printf 'OPEN' > /dev/fd/4; echo 'ok 4' ;;
            twice) printf 'ONE' > /dev/fd/4; printf 'ok 3\\nok 3\\n' ;;
            *) head -c "$n" /dev/fd/3 | tr a-z A-Z > /dev/fd/4; echo "ok $n" ;;
          esac
        done
        """

    private func pool(processes: Int = 1, gate: String = "/nowhere/gate", clock: any SchedulingClock = SystemClock.shared) -> ProcessWorkerPool {
        ProcessWorkerPool(
            executable: "/bin/sh", arguments: ["-c", Self.script], environment: ["PATH=/usr/bin:/bin", "GATE=\(gate)"], processes: processes, clock: clock)
    }

    private func answer(_ pool: ProcessWorkerPool, _ input: String, timeout: Duration = .seconds(50)) async throws -> String {
        String(decoding: try await pool.run(Array(input.utf8), timeout: timeout), as: UTF8.self)
    }

    @Test("work one call after another, also on inputs of megabytes", .timeLimit(.minutes(5)))
    func work() async throws {
        let pool = pool()
        #expect(try await answer(pool, "one") == "ONE")
        #expect(try await answer(pool, "") == "")
        let large = String(repeating: "letters ", count: 500_000)
        #expect(try await answer(pool, large) == large.uppercased())
        #expect(pool.snapshot.started == 1)
        #expect(await pool.drain())
        #expect(pool.snapshot.ended == 1)
    }

    @Test("give the memory of a large call back when they are idle", .timeLimit(.minutes(5)))
    func memory() async throws {
        let pool = pool()
        // Long enough that no other test's worker is taken for this one's.
        let large = String(repeating: "x", count: 5_123_457)
        #expect(try await answer(pool, large) == large.uppercased())
        let sizes = (try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).compactMap { Int32($0) }.map { descriptor in
            var information = stat()
            return fstat(descriptor, &information) == 0 ? Int(information.st_size) : 0
        }
        #expect(!sizes.contains(5_123_457))
        #expect(try await answer(pool, "small") == "SMALL")
        #expect(await pool.drain())
    }

    @Test("are killed when their time is up or the caller is cancelled, and the next call gets a new one", .timeLimit(.minutes(5)))
    func killed() async throws {
        let clock = ManualClock()
        let pool = pool(clock: clock)
        let late = Task { try await answer(pool, "hang") }  // awaited below
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(50))
        await #expect(throws: WorkTimeoutError.self) { _ = try await late.value }
        #expect(try await answer(pool, "again") == "AGAIN")
        let cancelled = Task { try await answer(pool, "hang") }  // awaited below
        try await clock.waitForPending(1)
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { _ = try await cancelled.value }
        #expect(try await answer(pool, "and again") == "AND AGAIN")
        #expect(pool.snapshot.started == 3)
        #expect(pool.snapshot.ended == 2)
        #expect(clock.pendingCount == 0)
        #expect(await pool.drain())
    }

    @Test("become more for calls that wait, and fewer", .timeLimit(.minutes(5)))
    func resized() async throws {
        let pool = pool()
        let hanging = Task { try await answer(pool, "hang") }  // awaited below
        try await until { pool.snapshot.busy == 1 }
        let second = Task { try await answer(pool, "second") }  // awaited below
        try await until { pool.snapshot.waiting == 1 }
        await pool.setProcesses(2)
        #expect(try await second.value == "SECOND")
        await pool.setProcesses(1)
        #expect(pool.snapshot.total == 1)
        hanging.cancel()
        await #expect(throws: CancellationError.self) { _ = try await hanging.value }
        #expect(try await answer(pool, "on") == "ON")
        #expect(await pool.drain())
    }

    @Test("answer at once also when there are to be fewer while several work", .timeLimit(.minutes(5)))
    func fewerAtWork() async throws {
        let gate = FileManager.default.temporaryDirectory.appendingPathComponent("gate-\(UUID().uuidString)").path
        #expect(mkfifo(gate, 0o600) == 0)
        // Open for both, so that neither side waits for the other to open it.
        let opener = try #require(FileHandle(forUpdatingAtPath: gate))
        defer { unlink(gate) }
        let pool = pool(processes: 3, gate: gate)
        // The first threads of the pool hang, whichever they are; the last process is one too many when it answers.
        let hanging = (0..<2).map { _ in Task { try await answer(pool, "hang") } }  // awaited below
        try await until { pool.snapshot.busy == 2 }
        let last = Task { try await answer(pool, "gate") }  // awaited below
        try await until { pool.snapshot.busy == 3 }
        await pool.setProcesses(1)
        try opener.write(contentsOf: Data("\n".utf8))
        #expect(try await last.value == "OPEN")
        await pool.setProcesses(4)
        #expect(try await answer(pool, "on") == "ON")
        for task in hanging {
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
        }
        #expect(await pool.drain())
    }

    @Test("may fail and live on, or die, which ends one call", .timeLimit(.minutes(5)))
    func failures() async throws {
        let pool = pool()
        let failure = await #expect(throws: WorkerProcessError.self) { try await answer(pool, "fail") }
        #expect(failure?.code == .failed)
        #expect(failure?.message == "no such word")
        #expect(try await answer(pool, "on") == "ON")
        #expect(pool.snapshot.started == 1)
        for word in ["die", "babble"] {
            let death = await #expect(throws: WorkerProcessError.self) { try await answer(pool, word) }
            #expect(death?.code == .died)
            #expect(try await answer(pool, "on") == "ON")
        }
        #expect(pool.snapshot.started == 3)
        #expect(await pool.drain())
        let missing = ProcessWorkerPool(executable: "/nowhere/worker", processes: 1)
        await #expect(throws: FileError.self) { try await missing.run([], timeout: .seconds(1)) }
    }

    @Test("that die while they lie idle, or speak unasked, cost no call: the next one gets a new process", .timeLimit(.minutes(5)))
    func diedIdle() async throws {
        let pool = pool()
        let first = try #require(Int32(try await answer(pool, "number")))
        kill(first, SIGKILL)
        try await until { !Self.isAlive(first) }
        let second = try #require(Int32(try await answer(pool, "number")))
        #expect(second != first)
        #expect(pool.snapshot.diedIdle == 1)
        #expect(pool.snapshot.died == 0)
        // The second answer is not taken for that to the next call.
        #expect(try await answer(pool, "twice") == "ONE")
        #expect(try await answer(pool, "next") == "NEXT")
        #expect(pool.snapshot.diedIdle == 2)
        #expect(pool.snapshot.started == 3)
        #expect(pool.snapshot.total == 1)
        #expect(await pool.drain())
        #expect(pool.snapshot.ended == 3)
    }

    @Test("that died while they lay idle are cleared away by the pool's own rounds, and those that live stay", .timeLimit(.minutes(5)))
    func clearedAway() async throws {
        let clock = ManualClock()
        let pool = pool(processes: 2, clock: clock)
        async let other = answer(pool, "number")
        let numbers = [try await answer(pool, "number"), try await other].compactMap { Int32($0) }
        let before = pool.snapshot.idle
        kill(numbers[0], SIGKILL)
        try await until { !Self.isAlive(numbers[0]) }
        let rounds = Task { await pool.run() }  // cancelled and awaited below
        try await until { pool.snapshot.diedIdle == 1 }
        try await until { pool.snapshot.total == before - 1 }
        rounds.cancel()
        await rounds.value
        #expect(await pool.drain())
    }

    @Test("work beside each other, each on its own memory", .timeLimit(.minutes(5)))
    func beside() async throws {
        let pool = pool(processes: 3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    let result = try await answer(pool, "word number \(number)")
                    #expect(result == "WORD NUMBER \(number)")
                }
            }
            try await group.waitForAll()
        }
        #expect(pool.snapshot.started <= 3)
        #expect(pool.snapshot.granted == 12)
        #expect(await pool.drain())
    }

    /// The path of a file that a worker writes its number to, and what is left of it.
    private struct Notes {
        let folder: TemporaryFolder
        var path: String { "\(folder.path)/number" }

        init() throws { folder = try TemporaryFolder() }

        /// The number of the worker's process group.
        func number() async throws -> Int32 { try await Self.number(at: path) }

        static func number(at path: String) async throws -> Int32 {
            while true {
                if let text = try? String(contentsOfFile: path, encoding: .utf8), text.hasSuffix("\n"), let number = Int32(text.dropLast()) { return number }
                try Task.checkCancellation()
                await Task.yield()
            }
        }

        /// A worker that notes its number and computes for ever, without a look at its input.
        static func worker(_ path: String) -> ProcessWorkerPool {
            ProcessWorkerPool(
                executable: "/bin/sh", arguments: ["-c", "read n; echo $$ > \(path); while :; do :; done"], environment: ["PATH=/usr/bin:/bin"],
                processes: 1)
        }
    }

    /// Whether a process runs. One that has ended and that nobody has waited for does not.
    private static func isAlive(_ process: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8), let end = text.lastIndex(of: ")") else { return false }
        return !text[end...].hasPrefix(") Z")
    }

    @Test("do not outlive a parent that is killed in the middle of a call, although they compute and read nothing", .timeLimit(.minutes(5)))
    func killedParent() async throws {
        let notes = try Notes()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = notes.path as String] in
            let pool = Notes.worker(path)
            async let result = pool.run([1], timeout: .seconds(1_000))
            _ = try await Notes.number(at: path)
            kill(getpid(), SIGKILL)
            _ = try await result
        }
        let worker = try await notes.number()
        try await until { !Self.isAlive(worker) }
    }

    @Test("are ended by their guard when the parent's end of its stream is gone, and not those it was told to forget", .timeLimit(.minutes(5)))
    func guarded() async throws {
        func sleeper() throws -> OperatingSystem.Child {
            try OperatingSystem.startChild("/bin/sh", ["-c", "while :; do sleep 1000; done"], ["PATH=/usr/bin:/bin"])
        }
        let (watched, forgotten, other) = (try sleeper(), try sleeper(), try sleeper())
        do {
            let guardian = try ProcessGuard()
            for child in [watched, forgotten, other] { guardian.watch(child.process) }
            guardian.forget(forgotten.process)
        }
        // The guard has ended by now, and has done its work before.
        #expect(Self.isAlive(forgotten.process))
        for child in [watched, other] { #expect(OperatingSystem.receiveLine(from: child.stream) == nil, "its end of the stream is closed") }
        OperatingSystem.kill(forgotten)
        for child in [watched, forgotten, other] { OperatingSystem.reap(child) }
    }

    @Test("written with the worker's side end with the parent's stream, in the middle of a call", .timeLimit(.minutes(5)))
    func watchingForItself() async {
        await #expect(processExitsWith: .exitCode(7)) {
            var ends: [Int32] = [-1, -1]
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { return }
            OperatingSystem.endWithPeer(of: ends[0], status: 7)
            _ = OperatingSystem.sendLine("data does not end it", to: ends[1])
            close(ends[1])
            while true {}
        }
    }

    @Test("are ended with a pool that is let go of", .timeLimit(.minutes(5)))
    func dropped() async throws {
        let notes = try Notes()
        do {
            let pool = ProcessWorkerPool(
                executable: "/bin/sh", arguments: ["-c", "echo $$ > \(notes.path); while read n; do echo ok 0; done"],
                environment: ["PATH=/usr/bin:/bin"], processes: 1)
            #expect(try await pool.run([], timeout: .seconds(50)) == [])
        }
        let worker = try await notes.number()
        try await until { !Self.isAlive(worker) }
    }

    /// Random calls that end in each way there is. Returns what was wrong.
    private func violation(seed: UInt64, drains: Bool = true) async throws -> String? {
        var random = SeededRandom(seed: seed)
        let clock = ManualClock()
        let pool = pool(processes: 2, clock: clock)
        let words = (0..<12).map { _ in ["one", "two", "fail", "die", "hang"].randomElement(using: &random)! }
        let calls = words.map { word in Task { try await answer(pool, word) } }  // awaited below
        var isTimedOut = false
        for (word, call) in zip(words, calls).shuffled(using: &random) where word == "hang" {
            if Bool.random(using: &random) { call.cancel() } else { isTimedOut = true }
        }
        let clockwork = Task {  // cancelled and awaited below
            while !Task.isCancelled {
                if isTimedOut, pool.snapshot.busy > 0, clock.pendingCount > 0 { clock.advance(by: .seconds(50)) }
                await Task.yield()
            }
        }
        var wrong: String?
        for (word, call) in zip(words, calls) {
            let result = await call.result
            if word == "hang", case .success = result { wrong = "a call that hangs has an answer" }
            if word == "one" || word == "two", case .success(let text) = result, text != word.uppercased() { wrong = "\(word) was answered \(text)" }
        }
        clockwork.cancel()
        await clockwork.value
        let isDrained = drains ? await pool.drain() : true
        let snapshot = pool.snapshot
        if !isDrained || snapshot.total != 0 || snapshot.waiting != 0 { wrong = wrong ?? "\(snapshot.total) processes and \(snapshot.waiting) callers are left" }
        if snapshot.started != snapshot.ended { wrong = wrong ?? "\(snapshot.started) were started and \(snapshot.ended) ended" }
        return wrong
    }

    @Test("leave nobody waiting and no process behind, however calls end and in any order; the proof notices a pool that is not drained", .timeLimit(.minutes(5)))
    func randomOrder() async throws {
        for seed in 0..<6 as Range<UInt64> { #expect(try await violation(seed: seed) == nil) }
        var isNoticed = false
        for seed in 0..<6 as Range<UInt64> where !isNoticed { isNoticed = try await violation(seed: seed, drains: false) != nil }
        #expect(isNoticed)
    }
}
#endif
