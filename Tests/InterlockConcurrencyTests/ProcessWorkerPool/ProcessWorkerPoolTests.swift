#if os(Linux)
import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("Worker processes")
struct ProcessWorkerPoolTests {
    /// A worker written in shell: makes capitals; `hang`, `fail`, `die` and `babble` do what they say.
    private static let script = """
        while read n; do
          case "$(head -c "$n" /dev/fd/3 | head -c 6)" in
            hang) sleep 1000 & wait ;;
            fail) printf 'no such word' > /dev/fd/4; echo 'failed 12' ;;
            die) exit 3 ;;
            babble) echo 'what?' ;;
            *) head -c "$n" /dev/fd/3 | tr a-z A-Z > /dev/fd/4; echo "ok $n" ;;
          esac
        done
        """

    private func pool(processes: Int = 1, clock: any SchedulingClock = SystemClock.shared) -> ProcessWorkerPool {
        ProcessWorkerPool(
            executable: "/bin/sh", arguments: ["-c", Self.script], environment: ["PATH=/usr/bin:/bin"], processes: processes, clock: clock)
    }

    private func answer(_ pool: ProcessWorkerPool, _ input: String, timeout: Duration = .seconds(50)) async throws -> String {
        String(decoding: try await pool.run(Array(input.utf8), timeout: timeout), as: UTF8.self)
    }

    @Test("work one call after another, also on inputs of megabytes", .timeLimit(.minutes(1)))
    func work() async throws {
        let pool = pool()
        #expect(try await answer(pool, "one") == "ONE")
        #expect(try await answer(pool, "") == "")
        let large = String(repeating: "letters ", count: 500_000)
        #expect(try await answer(pool, large) == large.uppercased())
        #expect(pool.snapshot.made == 1)
        #expect(await pool.drain())
        #expect(pool.snapshot.closed == 1)
    }

    @Test("are killed when their time is up or the caller is cancelled, and the next call gets a new one", .timeLimit(.minutes(1)))
    func killed() async throws {
        let clock = ManualClock()
        let pool = pool(clock: clock)
        let late = Task { try await answer(pool, "hang") }  // awaited below
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(50))
        #expect(try await acquireFailure { _ = try await late.value } == .deadlineExceeded)
        #expect(try await answer(pool, "again") == "AGAIN")
        let cancelled = Task { try await answer(pool, "hang") }  // awaited below
        try await clock.waitForPending(1)
        cancelled.cancel()
        #expect(try await acquireFailure { _ = try await cancelled.value } == .cancelled)
        #expect(try await answer(pool, "and again") == "AND AGAIN")
        #expect(pool.snapshot.made == 3)
        #expect(pool.snapshot.closed == 2)
        #expect(clock.pendingCount == 0)
        #expect(await pool.drain())
    }

    @Test("become more for calls that wait, and fewer", .timeLimit(.minutes(1)))
    func resized() async throws {
        let pool = pool()
        let hanging = Task { try await answer(pool, "hang") }  // awaited below
        try await until { pool.snapshot.leases.count == 1 }
        let second = Task { try await answer(pool, "second") }  // awaited below
        try await until { pool.snapshot.waiting == 1 }
        await pool.setProcesses(2)
        #expect(try await second.value == "SECOND")
        await pool.setProcesses(1)
        #expect(pool.snapshot.total == 1)
        hanging.cancel()
        #expect(try await acquireFailure { _ = try await hanging.value } == .cancelled)
        #expect(try await answer(pool, "on") == "ON")
        #expect(await pool.drain())
    }

    @Test("may fail and live on, or die, which ends one call", .timeLimit(.minutes(1)))
    func failures() async throws {
        let pool = pool()
        let failure = await #expect(throws: WorkerProcessError.self) { try await answer(pool, "fail") }
        #expect(failure?.code == .failed)
        #expect(failure?.message == "no such word")
        #expect(try await answer(pool, "on") == "ON")
        #expect(pool.snapshot.made == 1)
        for word in ["die", "babble"] {
            let death = await #expect(throws: WorkerProcessError.self) { try await answer(pool, word) }
            #expect(death?.code == .died)
            #expect(try await answer(pool, "on") == "ON")
        }
        #expect(pool.snapshot.made == 3)
        #expect(await pool.drain())
        let missing = ProcessWorkerPool(executable: "/nowhere/worker", processes: 1)
        await #expect(throws: FileError.self) { try await missing.run([], timeout: .seconds(1)) }
    }

    @Test("work beside each other, each on its own memory", .timeLimit(.minutes(1)))
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
        #expect(pool.snapshot.made <= 3)
        #expect(pool.snapshot.granted == 12)
        #expect(await pool.drain())
    }
}
#endif
