import InterlockDiagnostics
import InterlockJSON
import InterlockProtocol
import Testing

@Suite("What /proc says")
struct ProcTextTests {
    @Test("A number by its name, and no other that begins like it")
    func number() {
        let status = "VmRSS:\t   1234 kB\nVmRSSMax:\t 9 kB\nRssAnon:\t  77 kB\nnonvoluntary_ctxt_switches:\t3\nvoluntary_ctxt_switches:\t8\n"[...]
        #expect(ProcText.number("VmRSS", in: status) == 1234)
        #expect(ProcText.number("RssAnon", in: status) == 77)
        #expect(ProcText.number("voluntary_ctxt_switches", in: status) == 8)
        #expect(ProcText.number("VmSwap", in: status) == nil)
    }

    @Test("A thread's name may contain parentheses and spaces")
    func stat() throws {
        let text = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 15 6 0 0 20 0 1 0 99 1 2"
        let stat = try #require(ProcText.stat(text))
        #expect(stat.name == "a) b (c" && stat.ticks == 21)
        #expect(ProcText.parent(text) == 7)
        #expect(ProcText.stat("no such thing") == nil)
        #expect(ProcText.schedstat("120 34 5\n")?.waiting == 34)
        #expect(ProcText.schedstat("") == nil)
    }

    @Test("A process's time counts threads and children that have ended; nothing is read of a line that is cut")
    func process() throws {
        let text = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 15 6 200 30 20 0 1 0 99 1 2"
        let whole = try #require(ProcText.process(text))
        #expect(whole.own == 21 && whole.children == 230 && whole.began == 99)
        #expect(ProcText.process("42 (a) S 7 42 42 0 -1 4194560 1 2 3 4 15 6") == nil && ProcText.process("") == nil)
    }

    @Test("What the hypervisor took, and how long somebody waited for a processor, where the kernel says it")
    func machine() {
        #expect(ProcText.stolenTicks("cpu  7521530 36618 1008819 4451585 26339 0 89453 4489 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n") == 4489)
        #expect(ProcText.stolenTicks("cpu  1 2 3 4\n") == nil && ProcText.stolenTicks("") == nil && ProcText.stolenTicks("intr 5\n") == nil)
        let pressure = "some avg10=12.75 avg60=19.72 avg300=14.98 total=27106456776\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
        #expect(ProcText.pressure(pressure) == 27_106_456_776)
        #expect(ProcText.pressure("full avg10=0.00 total=3\n") == nil && ProcText.pressure("") == nil)
    }

    @Test("Listening sockets are found by their port")
    func listening() {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
               1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1
            """
        #expect(ProcText.listeningInodes(text, port: 8080) == ["4711"])
        #expect(ProcText.listeningInodes(text, port: 80).isEmpty)
    }

    @Test("A runtime is told by its executable or its libraries, and names a snapshot", arguments: [
        ("/usr/bin/python3.11", "", ServerRuntimeKind.python), ("/usr/bin/node", "", .node), ("/opt/app/server", "libswiftCore.so", .swift),
        ("/usr/lib/jvm/bin/java", "", .java), ("/opt/app/server", "", .unknown), ("/usr/share/dotnet/dotnet", "", .dotnet),
    ])
    func runtime(executable: String, mapped: String, kind: ServerRuntimeKind) {
        #expect(ServerRuntimeKind(executable: executable, words: [], mapped: mapped) == kind)
        #expect(!kind.snapshotAdvice(42).isEmpty)
    }

    #if os(Linux)
    @Test("This very process is read")
    func own() throws {
        let reader = try #require(ProcFileSystem(process: ProcessInfoOfTests.identifier))
        let sample = try #require(reader.sample())
        #expect((sample.resident ?? 0) > 1 << 20)
        #expect((sample.threads ?? 0) >= 1 && (sample.descriptors ?? 0) >= 3)
        #expect((sample.cpuNanoseconds ?? 0) > 0)
        #expect(ProcFileSystem(process: -1) == nil)
        let machine = ProcFileSystem.machine()
        #expect(machine.processors > 0 && !machine.ownWaits.isEmpty && machine.time > sample.time)
        #expect(ProcFileSystem.machine(seesPressure: false).pressureNanoseconds == nil)
    }
    #endif

    @Test("Arguments are made from the schema, and only for tools that say they read", arguments: [
        (#"{"type":"object"}"#, "{}"), (#"{"type":"object","properties":{"a":{"type":"string","enum":["x"]}},"required":["a"]}"#, #"{"a":"x"}"#),
        (#"{"type":"object","properties":{"n":{"type":"integer","minimum":5},"t":{"type":"string","maxLength":3}},"required":["n","t"]}"#, #"{"n":5,"t":"int"}"#),
        (#"{"type":"object","properties":{"a":{"type":"string","pattern":"^[0-9]{4}$"}},"required":["a"]}"#, nil),
    ] as [(String, String?)])
    func arguments(schema: String, expected: String?) throws {
        let schema = try RawJSON(parsing: schema)
        #expect(ArgumentSample.make(schema)?.description == expected)
        var tool = ToolDefinition(name: "t", inputSchema: schema)
        #expect(ArgumentSample.callable([tool]).isEmpty)
        tool.annotations = ToolAnnotations(readOnlyHint: true)
        #expect(ArgumentSample.callable([tool]).count == (expected == nil ? 0 : 1))
    }

    @Test("Arguments that a schema refuses are found where it refuses anything, and only for tools that say they read", arguments: [
        (#"{"type":"object"}"#, nil), (#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#, "{}"),
        (#"{"type":"object","properties":{"x":{},"a":{"type":"string"}}}"#, #"{"a":[{"interlock":null}]}"#), (#"{"type":7}"#, nil),
    ] as [(String, String?)])
    func refused(schema: String, expected: String?) throws {
        let schema = try RawJSON(parsing: schema)
        #expect(ArgumentSample.wrong(schema)?.description == expected)
        var tool = ToolDefinition(name: "t", inputSchema: schema)
        #expect(ArgumentSample.refused([tool]) == nil)
        tool.annotations = ToolAnnotations(readOnlyHint: true)
        let operation = ArgumentSample.refused([ToolDefinition(name: "u", inputSchema: schema), tool])
        #expect(operation?.description == expected.map { _ in "t, refused" })
    }
}
