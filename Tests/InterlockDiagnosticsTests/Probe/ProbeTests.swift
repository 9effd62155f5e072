import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockServer
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

@testable import InterlockDiagnostics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("A probe", .timeLimit(.minutes(5)))
struct ProbeTests {
    private static let discover = #"""
        {"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"private",
         "_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s","version":"1"}}}
        """#
    private static let initialize = #"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}"#

    private enum Eras { case both, legacy, modern }

    /// A server with one tool; `change` replaces its answer to a method.
    private static func script(_ eras: Eras = .both, _ change: @escaping ScriptedTransport.Script = { _ in throw Unchanged() }) -> ScriptedTransport.Script {
        { method in
            do { return try change(method) } catch is Unchanged {}
            return switch method {
            case "server/discover": eras == .legacy ? .error(-32601) : .result(discover)
            case "initialize": eras == .modern ? .error(-32601) : .result(initialize)
            case "tools/list":
                .result(#"{"resultType":"complete","tools":[{"name":"now","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}],"ttlMs":0}"#)
            case "tools/call": .result(#"{"resultType":"complete","content":[{"type":"text","text":"noon"}]}"#)
            default: .error(-32601)
            }
        }
    }

    private struct Unchanged: Error {}

    private static func probe(_ script: @escaping ScriptedTransport.Script, expecting digest: String? = nil, tool: String? = nil) async -> ProbeReport {
        let target = Probe.Target { _ in ScriptedTransport(script) }
        return await Probe(target, timeout: .patient, expectedDigest: digest, call: tool.map { Probe.Call(tool: $0, arguments: .emptyObject) }).run()
    }

    @Test("a real server is healthy in both eras, and its tools have the digest that was learnt")
    func healthy() async throws {
        let server = try Server(name: "s", version: "1") {
            Tool("now", annotations: ToolAnnotations(readOnlyHint: true)) { (_: HandlerContext) in "noon" }
            Tool("fail", annotations: ToolAnnotations(readOnlyHint: true)) { (_: HandlerContext) -> String in throw ToolError("on purpose") }
        }
        let pairs = (0..<6).map { _ in InMemoryTransport.linkedPair() }
        let unused = Mutex(pairs.map(\.client))
        let serving = Task { try await server.serve(on: pairs.map(\.server)) } // awaited below
        let target = Probe.Target { _ in unused.withLock { $0.removeFirst() } }
        let report = await Probe(target, timeout: .patient, call: Probe.Call(tool: "now", arguments: .emptyObject)).run()
        #expect(report.verdict == .healthy && report.eras.count == 2 && report.tools == 2)
        #expect(report.steps.map(\.name) == [
            "modern handshake", "modern tools/list", "modern tools/call", "legacy handshake", "legacy tools/list", "legacy tools/call",
        ])
        #expect(report.steps.allSatisfy { $0.status == .ok && $0.took != nil })
        let again = await Probe(target, timeout: .patient, expectedDigest: report.toolsDigest).run()
        #expect(again.verdict == .healthy)
        let failing = await Probe(target, timeout: .patient, call: Probe.Call(tool: "fail", arguments: .emptyObject)).run()
        #expect(failing.verdict == .degraded && failing.steps.contains { $0.name == "modern tools/call" && $0.detail.contains("on purpose") })
        server.beginGracefulShutdown()
        try await serving.value
    }

    @Test("a server of one era is healthy, and the report says which")
    func oneEra() async {
        let legacy = await Self.probe(Self.script(.legacy), tool: "now")
        #expect(legacy.verdict == .healthy && legacy.eras == ["2025-11-25"])
        let modern = await Self.probe(Self.script(.modern), tool: "now")
        #expect(modern.verdict == .healthy && modern.eras == ["2026-07-28"])
    }

    @Test("other tools than expected degrade it; without the expectation nobody would notice")
    func changedTools() async throws {
        let before = try #require(await Self.probe(Self.script()).toolsDigest)
        let changed = Self.script { method in
            guard method == "tools/list" else { throw Unchanged() }
            return .result(#"{"resultType":"complete","tools":[{"name":"now","inputSchema":{"type":"object"},"description":"Also pays."}],"ttlMs":0}"#)
        }
        let report = await Self.probe(changed, expecting: before)
        #expect(report.verdict == .degraded && report.steps.contains { $0.name == "tools digest" && $0.detail.contains(before) })
        #expect(await Self.probe(changed).verdict == .healthy)
    }

    @Test("a refusal with WWW-Authenticate is a wall; without it a 401 is a fault, and a 403 is a wall all the same", arguments: [
        (401, true, .walled, .authWalled), (401, false, .brokenWall, .degraded), (403, true, .walled, .authWalled), (403, false, .forbidden, .authWalled),
    ] as [(Int, Bool, ProbeReport.Status, ProbeReport.Verdict)])
    func refusal(status: Int, hasChallenge: Bool, ended: ProbeReport.Status, verdict: ProbeReport.Verdict) async {
        let target = Probe.Target(challenge: { _ in hasChallenge ? "Bearer" : nil }) { _ in
            ScriptedTransport { _ in throw TransportError(.unauthorized, "the server answered \(status)", httpStatus: status) }
        }
        let report = await Probe(target, timeout: .patient).run()
        #expect(report.verdict == verdict && report.steps.map(\.status) == [ended, ended])
        #expect(report.sentence.contains("403") == (ended == .forbidden) && report.sentence.contains("without WWW-Authenticate") == (ended == .brokenWall))
    }

    @Test("with a credential the wall is tried without it too, and stands in the report beside the answers")
    func credential() async {
        let target = Probe.Target(hasCredential: true, challenge: { _ in "Bearer" }) { withCredential in
            let wall: ScriptedTransport.Script = { _ in throw TransportError(.unauthorized, "401") }
            return ScriptedTransport(withCredential ? Self.script() : wall)
        }
        let report = await Probe(target, timeout: .patient).run()
        #expect(report.verdict == .healthy && report.eras.count == 2)
        #expect(report.steps.filter { $0.status == .walled }.map(\.name) == ["unauthenticated modern handshake", "unauthenticated legacy handshake"])
    }

    @Test("with a credential that gets no answer it is down, whatever the wall says to those without one", arguments: [true, false])
    func deadBehindWall(hasChallenge: Bool) async {
        let target = Probe.Target(hasCredential: true, challenge: { _ in hasChallenge ? "Bearer" : nil }) { withCredential in
            ScriptedTransport { _ in throw withCredential ? TransportError(.badResponse, "502") : TransportError(.unauthorized, "401") }
        }
        let report = await Probe(target, timeout: .patient).run()
        #expect(report.verdict == .down && report.steps.filter { $0.status == (hasChallenge ? .walled : .brokenWall) }.count == 2)
    }

    @Test("an era that answers and cannot list its tools degrades the server, though the other era can", arguments: ["server/discover", "initialize"])
    func listPerEra(broken: String) async {
        let steps = Mutex<[String]>([])
        let target = Probe.Target { _ in
            let isBroken = Mutex(false)
            return ScriptedTransport(Self.script { method in
                if method == broken { isBroken.withLock { $0 = true } }
                guard method == "tools/list", isBroken.withLock({ $0 }) else { throw Unchanged() }
                return .error(-32603)
            })
        }
        let report = await Probe(target, timeout: .patient, progress: { step in steps.withLock { $0.append(step) } }).run()
        let era = broken == "initialize" ? "legacy" : "modern"
        #expect(report.verdict == .degraded && report.eras.count == 2 && report.toolsDigest != nil)
        #expect(report.steps.filter { $0.status == .failed }.map(\.name) == ["\(era) tools/list"])
        #expect(steps.withLock(\.self) == report.steps.map(\.name))
    }

    @Test("garbage in place of every answer is down")
    func garbage() async {
        let report = await Self.probe { _ in .bytes("<html>It works!</html>") }
        #expect(report.verdict == .down && report.steps.allSatisfy { $0.status == .failed && !$0.detail.isEmpty })
    }

    @Test("a tool that answers nothing costs no more than the time of its step")
    func hang() async {
        let (clock, silences) = (ManualClock(), Silences())
        let hanging = Self.script { method in
            guard method == "tools/call" else { throw Unchanged() }
            return silences.next()
        }
        let probe = Probe(
            Probe.Target { _ in ScriptedTransport(hanging) }, timeout: Self.patience, call: Probe.Call(tool: "now", arguments: .emptyObject), clock: clock)
        let report = await Self.run(probe, clock, silences)
        #expect(report.verdict == .degraded && report.eras.count == 2)
        #expect(report.steps.first { $0.name == "legacy tools/call" }?.took == .seconds(3))
    }

    @Test("a server that answers nothing at all is down after the time of two handshakes")
    func silent() async {
        let (clock, silences) = (ManualClock(), Silences())
        let probe = Probe(Probe.Target { _ in ScriptedTransport { _ in silences.next() } }, timeout: Self.patience, clock: clock)
        let report = await Self.run(probe, clock, silences)
        #expect(report.verdict == .down && report.steps.allSatisfy { $0.took.map { $0 <= .seconds(3) } == true })
    }

    @Test("a name service that hangs costs no more than the time of its step")
    func hangingNames() async throws {
        let clock = ManualClock()
        let isOver = Gate()
        var target = Probe.Target(host: "example.com", port: 80) { _ in ScriptedTransport(Self.script()) }
        target.resolve = { _, _ in
            isOver.wait()
            return []
        }
        let probe = Probe(target, timeout: Self.patience, clock: clock)
        async let probing = probe.run()
        // The only timer is that of the step, for no client asks anything yet.
        try await clock.waitForPending(1)
        clock.advance(by: Self.patience)
        let report = await probing
        isOver.open()
        #expect(report.verdict == .down && report.steps.map(\.name) == ["dns"] && report.steps[0].took == .seconds(3))
        #expect(report.steps[0].detail == "no answer within 3.0 seconds")
    }

    @Test("a connection that is refused is down, and no more is tried")
    func refused() async throws {
        // Bound and not listening: connections are refused, and nobody else is given the port.
        let place = try Self.listener(listens: false)
        defer { close(place.descriptor) }
        let report = await Probe(Probe.Target(host: "127.0.0.1", port: place.port) { _ in ScriptedTransport(Self.script()) }, timeout: .patient).run()
        #expect(report.verdict == .down && report.steps.map(\.name) == ["dns", "connect"] && report.steps[1].status == .failed)
    }

    @Test("a tool is called only where the server says that it reads, unless it is asked for all the same", arguments: [
        (#"{"name":"now","inputSchema":{"type":"object"}}"#, false, ProbeReport.Status.skipped, "readOnlyHint", ProbeReport.Verdict.healthy),
        (#"{"name":"now","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":false}}"#, false, .skipped, "readOnlyHint", .healthy),
        (#"{"name":"now","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}"#, false, .ok, "now", .healthy),
        (#"{"name":"now","inputSchema":{"type":"object"}}"#, true, .ok, "now", .healthy),
        (#"{"name":"other","inputSchema":{"type":"object"}}"#, false, .failed, "lists no tool now", .degraded),
    ])
    func onlyReading(tool: String, evenIfItWrites: Bool, status: ProbeReport.Status, words: String, verdict: ProbeReport.Verdict) async throws {
        let called = Mutex(0)
        let target = Probe.Target { _ in
            ScriptedTransport(Self.script { method in
                if method == "tools/call" { called.withLock { $0 += 1 } }
                guard method == "tools/list" else { throw Unchanged() }
                return .result(#"{"resultType":"complete","tools":[\#(tool)],"ttlMs":0,"cacheScope":"private"}"#)
            })
        }
        let report = await Probe(target, timeout: .patient, call: .init(tool: "now", arguments: .emptyObject, evenIfItWrites: evenIfItWrites)).run()
        let steps = report.steps.filter { $0.name.hasSuffix("tools/call") }
        #expect(steps.count == 2 && steps.allSatisfy { $0.status == status && $0.detail.contains(words) } && report.verdict == verdict)
        #expect(called.withLock(\.self) == (status == .ok ? 2 : 0))
    }

    @Test("where the tools cannot be listed, none is called")
    func unlisted() async {
        let report = await Self.probe(Self.script { method in
            guard method == "tools/list" else { throw Unchanged() }
            return .error(-32603)
        }, tool: "now")
        #expect(report.steps.filter { $0.name.hasSuffix("tools/call") }.map(\.status) == [.skipped, .skipped] && report.verdict == .degraded)
    }

    @Test("the TLS handshake has a step and a time of its own; one that fails says why, and no more is tried", arguments: [true, false])
    func handshake(isTrusted: Bool) async throws {
        let listener = try Self.listener()
        defer { close(listener.descriptor) }
        let target = Probe.Target(host: "127.0.0.1", port: listener.port, isSecure: true, secure: { timeout in
            #expect(timeout == .patient)
            guard isTrusted else { throw TransportError(.unreachable, "its certificate expired 3 days ago: renew it") }
            return (.milliseconds(7), "its certificate is valid for 60 days")
        }) { _ in ScriptedTransport(Self.script()) }
        let report = await Probe(target, timeout: .patient).run()
        let step = try #require(report.steps.first { $0.name == "tls" })
        #expect(Array(report.steps.map(\.name).prefix(3)) == ["dns", "connect", "tls"])
        if isTrusted {
            #expect(step.status == .ok && step.took == .milliseconds(7) && step.detail.contains("60 days") && report.verdict == .healthy)
        } else {
            #expect(step.status == .failed && step.detail.contains("expired") && report.steps.count == 3 && report.verdict == .down)
        }
    }

    @Test("a list that pages for ever ends")
    func endless() async {
        let report = await Self.probe(Self.script { method in
            guard method == "tools/list" else { throw Unchanged() }
            return .result(#"{"resultType":"complete","tools":[],"nextCursor":"again"}"#)
        })
        #expect(report.verdict == .degraded && report.steps.contains { $0.detail.contains("1,000 pages") })
    }

    /// How long a step may take where a test moves the clock.
    private static let patience = Duration.seconds(3)

    /// Runs a probe; that time passes for each question without an answer and for nothing else. Its client has set the deadline by then.
    private static func run(_ probe: Probe, _ clock: ManualClock, _ silences: Silences) async -> ProbeReport {
        async let report = {
            defer { silences.end() }
            return await probe.run()
        }()
        for await _ in silences.questions { clock.advance(by: patience) }
        return await report
    }

    private static func listener(listens: Bool = true) throws -> (descriptor: Int32, port: Int) {
        #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        try #require(descriptor >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { base in
                try #require(bind(descriptor, base, size) == 0 && (!listens || listen(descriptor, 1) == 0) && getsockname(descriptor, base, &size) == 0)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        return (descriptor, port)
    }
}

/// The questions that a server leaves without an answer, as they come.
private struct Silences: Sendable {
    let questions: AsyncStream<Void>
    private let asked: AsyncStream<Void>.Continuation

    init() {
        let pair = AsyncStream<Void>.makeStream()
        (questions, asked) = (pair.stream, pair.continuation)
    }

    func next() -> ScriptedTransport.Answer {
        asked.yield()
        return .silence
    }

    func end() { asked.finish() }
}

/// Holds up threads until it is opened.
private final class Gate: Sendable {
    private let isOpen = Mutex(false)

    func open() { isOpen.withLock { $0 = true } }

    func wait() { while !isOpen.withLock({ $0 }) { sched_yield() } }
}
