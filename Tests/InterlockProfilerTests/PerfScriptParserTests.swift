import InterlockSimulation
import Testing

@testable import InterlockProfiler

@Suite("What perf script prints")
struct PerfScriptParserTests {
    private static func read(_ text: String) -> (events: [PerfEvent], skipped: Int) {
        var parser = PerfScriptParser()
        var events: [PerfEvent] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) { events += parser.line(line) }
        return (events + parser.end(), parser.skipped)
    }

    @Test("a sample with its thread, its time and its frames, outermost first")
    func sample() throws {
        let (events, skipped) = Self.read(
            """
            oot.default qos  22760/22781 41688.112504:
            \tffffffff821f39e5 irqentry_exit_to_user_mode ([kernel.kallsyms])
            \t           11b9c [unknown] (/usr/lib/x86_64-linux-gnu/libcrypt.so.1.1.0)
            \t         18af3ec $s18InterlockReference12BcryptHasherV4hash_5usingS2S_xztAA13PasswordErrorVYKSGRzlF (/srv/my server (new)/app)
            \t           71e5f swift::run(int, char (*)(int)) (/opt/lib/libswift_Concurrency.so (deleted))
            \t                0 [unknown] ([unknown])

            """)
        guard case .sample(let sample)? = events.first else { throw Missing() }
        #expect(events.count == 1 && skipped == 0)
        #expect(sample.name == "oot.default qos" && sample.process == 22_760 && sample.thread == 22_781 && sample.time == 41_688_112_504_000)
        #expect(
            sample.frames == [
                StackFrame(symbol: "[unknown]", module: "[unknown]"), StackFrame(symbol: "swift::run(int, char (*)(int))", module: "Swift"),
                StackFrame(symbol: "$s18InterlockReference12BcryptHasherV4hash_5usingS2S_xztAA13PasswordErrorVYKSGRzlF", module: "InterlockReference"),
                StackFrame(symbol: "[libcrypt.so.1.1.0]", module: "libcrypt.so.1.1.0"), StackFrame(symbol: "irqentry_exit_to_user_mode", module: "[kernel]"),
            ])
        #expect(sample.isBroken)
    }

    @Test("samples need no empty line between them, and switches and losses are told")
    func records() {
        let (events, skipped) = Self.read(
            """
            a 1/2 1.000001:
            \t1 f (/bin/x)
            a 1/2 1.000002: PERF_RECORD_SWITCH OUT preempt
            a 1/2 1.5: PERF_RECORD_SWITCH IN
            a 1/2 1.6: PERF_RECORD_LOST lost 17
            # comment
            a 1/3 2.000000: PERF_RECORD_MMAP2 1/3: [0x1(0x2) @ 0 08:01 5 0]: r-xp /bin/x
            what is this
            \tno frame
            """)
        #expect(events.count == 4 && skipped == 2)
        #expect(events.dropFirst() == [.switchedOut(thread: 2, preempted: true), .switchedIn(thread: 2, time: 1_500_000_000), .lost(17)])
    }

    @Test(
        "names that interpreters write into perf maps are taken apart",
        arguments: [
            ("py::work:/srv/app/server.py", "work (server.py)", "server.py"),
            ("py::BaseModel.validate:/venv/lib/python3.12/site-packages/pydantic/main.py", "BaseModel.validate (main.py)", "site-packages/pydantic"),
            ("py::Runner.run:/usr/lib/python3.12/asyncio/runners.py", "Runner.run (runners.py)", "python3.12/asyncio"),
            ("py::f:<frozen importlib._bootstrap>", "f (<frozen importlib._bootstrap>)", "python3"),
            ("LazyCompile:*answer file:///srv/server.mjs:22:16", "answer (server.mjs:22:16)", "server.mjs"),
            ("JS:~handle /srv/node_modules/@scope/mcp/index.js:3:1", "handle (index.js:3:1)", "node_modules/@scope/mcp"),
            ("Function:^ /srv/server.mjs:1:1", "(anonymous) (server.mjs:1:1)", "server.mjs"),
            ("JS:^processTicksAndRejections node:internal/process/task_queues:67:35", "processTicksAndRejections (task_queues:67:35)", "node:internal"),
            ("RegExp:^(a+)+$", "RegExp:^(a+)+$", "node"), ("Builtin:ArrayMap", "Builtin:ArrayMap", "node"),
        ])
    func compiled(symbol: String, name: String, module: String) {
        #expect(FrameNaming.frame(symbol: symbol, file: "/tmp/perf-123.map") == StackFrame(symbol: name, module: module))
    }

    @Test(
        "the module of a Swift name",
        arguments: [
            ("$s18InterlockReference12BcryptHasherV4hashyyF", "InterlockReference"), ("_$s3App4mainyyF", "App"), ("$sSa6appendyyxnF", "Swift"),
            ("$ss5print", "Swift"),
            ("$sScJ16runSynchronously2on", "_Concurrency"), ("$sIeghH_ytIeghHr_TR", "Swift"), ("main", nil), ("$s99Short", nil), ("$sSo5NSURLC", nil),
        ] as [(String, String?)])
    func swiftModules(symbol: String, module: String?) {
        #expect(FrameNaming.swiftModule(of: symbol) == module)
    }

    @Test(
        "whose code it is",
        arguments: [
            ("libc.so.6", true), ("libswiftCore.so", true), ("[kernel]", true), ("ld-linux-x86-64.so.2", true), ("site-packages/mcp", true),
            ("python3.12/asyncio", true), ("node", true),
            ("node:internal", true), ("node_modules/ajv", true), ("Swift", true), ("NIOCore", true), ("_Concurrency", true), ("InterlockServer", true),
            ("InterlockReference", false),
            ("server.py", false), ("server.mjs", false), ("App", false), ("nodeserver", false), ("Library", false),
        ])
    func libraries(module: String, isLibrary: Bool) {
        #expect(LibraryModules.isLibrary(module) == isLibrary)
    }

    @Test("no text whatever breaks the reader", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let parts = [
            "a", " ", "\t", "1/2", "1.5:", "(", ")", "[unknown]", "\n", "\n", "ffff", "PERF_RECORD_SWITCH IN", "99999999999999999999/1", "\u{301}", "$s99x",
            ":", "/",
        ]
        for _ in 0..<300 {
            let text = (0..<60).map { _ in parts.randomElement(using: &random)! }.joined()
            let events = Self.read(text).events
            #expect(events.count <= text.utf8.count)
        }
    }

    @Test("waiting counts from leaving to return; preemption is told apart; who never returns counts for nothing")
    func waiting() {
        var waiting = WaitingStacks()
        let (read, compute) = ([StackFrame(symbol: "read")], [StackFrame(symbol: "compute")])
        waiting.left(thread: 1, time: 1_000_000, stack: read)
        waiting.left(thread: 2, time: 1_000_000, stack: compute)
        waiting.preempted(thread: 2)
        waiting.left(thread: 3, time: 0, stack: read)
        waiting.returned(thread: 1, time: 6_000_000)
        waiting.returned(thread: 2, time: 2_000_000)
        waiting.returned(thread: 2, time: 9_000_000)
        waiting.returned(thread: 4, time: 9_000_000)
        #expect(waiting.stacks.text == "read 5000\ncompute;(waiting for a processor) 1000\n")
    }

    private struct Missing: Error {}
}
