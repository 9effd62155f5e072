@testable import InterlockAdmin
import InterlockConcurrency
import InterlockHTTPServer
import InterlockJSON
import InterlockObservability
@testable import InterlockProfiler
import InterlockSimulation
import Testing

@Suite("Profiles and stalls over the admin listener", .timeLimit(.minutes(5)))
struct ProfileTests {
    private static let secret = "0123456789abcdef-secret"
    private static let bearer = "Authorization: Bearer \(secret)"
    private static let profile = SampledProfile(
        duration: .seconds(2), rate: 99, dropped: 1,
        stacks: [.init(frames: [StackFrame(symbol: "main"), StackFrame(symbol: "work<T>()")], count: 3), .init(frames: [StackFrame(symbol: "main")], count: 1)])

    private static func post(_ path: String, port: Int, accept: String? = nil) async throws -> AdminReply {
        try await AdminReply.get(path, method: "POST", port: port, fields: [bearer] + (accept.map { ["Accept: \($0)"] } ?? []))
    }

    private static func guarded() throws -> AdminConfiguration { AdminConfiguration(port: 0, token: try AdminToken(secret)) }

    @Test("the form is the one that is asked for most", arguments: [
        (nil, .text), ("*/*", .text), ("text/*", .text), ("image/svg+xml", .svg), ("application/json", .json), ("image/*, text/plain;q=0.5", .svg),
        ("application/json;q=0.9, text/plain;q=0.8, */*;q=0.1", .json), ("text/plain;q=0, */*", .svg), ("TEXT/PLAIN", .text),
        ("text/html,application/xhtml+xml,*/*;q=0.8", .text), ("text/html", nil), ("", nil), ("*/*;q=0", nil), (";;,,", nil),
    ] as [(String?, ProfileFormat?)])
    func forms(accept: String?, expected: ProfileFormat?) {
        #expect(ProfileFormat(accept: accept) == expected)
    }

    @Test("a profile comes as folded text, as a flame graph or as JSON")
    func answers() async throws {
        var fixture = try AdminFixture()
        fixture.sources.profile = { duration, rate in
            #expect(duration == .seconds(2) && rate == 199)
            return Self.profile
        }
        try await fixture.withListener(Self.guarded()) { (port, _) async throws in
            let text = try await Self.post("/admin/profile?seconds=2&rate=199", port: port)
            #expect(text.status == 200 && text.body == "main;work<T>() 3\nmain 1\n")
            #expect(text["content-type"] == "text/plain; charset=utf-8" && text["vary"] == "accept")
            let svg = try await Self.post("/admin/profile?seconds=2&rate=199", port: port, accept: "image/svg+xml")
            #expect(svg["content-type"] == "image/svg+xml" && svg["content-disposition"] == "attachment; filename=\"profile.svg\"")
            #expect(svg.body.contains("<svg") && svg.body.contains("work&lt;T&gt;()") && svg.body.contains("bank &lt;b&gt;") && svg.body.contains("1 dropped"))
            let json = try await Self.post("/admin/profile?seconds=2&rate=199", port: port, accept: "application/json")
            let value = try RawJSON(Array(json.body.utf8)).value()
            #expect(value["seconds"]?.double == 2 && value["samples"]?.int == 4 && value["dropped"]?.int == 1)
            #expect(value["stacks"]?[0]?["count"]?.int == 3 && value["stacks"]?[0]?["frames"]?[1]?.string == "work<T>()")
            #expect(try await Self.post("/admin/profile?seconds=2", port: port, accept: "text/html").status == 406)
            for query in ["seconds=2&rate=0", "seconds=2&rate=1000", "seconds=2&rate=x", "seconds=61", "seconds=0", "seconds=1.5"] {
                #expect(try await Self.post("/admin/profile?\(query)", port: port).status == 400, "\(query)")
            }
        }
    }

    @Test("why there is no profile is said by the status: busy, not on this system, taken by another, or in the log only", arguments: [
        (SamplingError(.busy, "busy", remaining: .milliseconds(5_500)), 409, "7"), (SamplingError(.busy, "busy"), 409, "1"), (.unsupported, 501, nil),
        (SamplingError(.signalTaken, "taken"), 409, nil), (SamplingError(.refused, "no threads"), 500, nil),
    ] as [(SamplingError, Int, String?)])
    func refusals(error: SamplingError, status: Int, retryAfter: String?) async throws {
        var fixture = try AdminFixture()
        fixture.sources.profile = { _, _ in throw error }
        try await fixture.withListener(Self.guarded()) { (port, _) async throws in
            let reply = try await Self.post("/admin/profile?seconds=1", port: port)
            #expect(reply.status == status && reply["retry-after"] == retryAfter && reply.body.contains(error.message) == (status != 500))
        }
    }

    @Test("a client that goes away ends its profile; one that stays gets it")
    func goneAway() async throws {
        var fixture = try AdminFixture()
        let (clock, ended) = (ManualClock(), Waiter<Bool>())
        fixture.sources.profile = { duration, _ in
            do { try await clock.sleep(for: duration) } catch {
                ended.resolve(true)
                throw error
            }
            return Self.profile
        }
        try await fixture.withListener(Self.guarded()) { (port, _) async throws in
            async let staying = Self.post("/admin/profile?seconds=1", port: port)
            try await clock.waitForPending(1)
            clock.advance(by: .seconds(1))
            #expect(try await staying.status == 200)
            let client = try await AdminClient(port: port)
            try await client.send("POST /admin/profile?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\(Self.bearer)\r\nContent-Length: 0\r\n\r\n")
            try await clock.waitForPending(1)
            client.close()
            #expect(await ended.suspend())
        }
    }

    @Test("the last stalls are told with their stacks, newest first; in the report and on the page without")
    func stalls() async throws {
        var fixture = try AdminFixture()
        try await fixture.withListener(Self.guarded()) { (port, _) async throws in
            #expect(try await AdminReply.get("/admin/stalls", port: port).status == 401)
            #expect(try await AdminReply.get("/admin/stalls", port: port, fields: [Self.bearer]).status == 501)
        }
        var (first, second) = (
            StallRecord(began: .zero, wallTime: 1_000, duration: .milliseconds(300)),
            StallRecord(began: .zero + .seconds(1), wallTime: 2_000, duration: .seconds(2))
        )
        first.unsampled = "it was over before it was noticed"
        second.tools = ["count"]
        let frames = ["start", "App.block() -> ()", "futex"].map { StackFrame(symbol: $0) }
        second.threads = [StackCapture.Thread(id: 42, frames: frames)]
        fixture.sources.stalls = { [first, second] in [first, second] }
        try await fixture.withListener(Self.guarded()) { (port, _) async throws in
            let json = try RawJSON(Array(try await AdminReply.get("/admin/stalls", port: port, fields: [Self.bearer]).body.utf8)).value()
            #expect(json["stalls"]?[0]?["seconds"]?.double == 2 && json["stalls"]?[0]?["in"]?[0]?.string == "App.block() -> ()")
            #expect(json["stalls"]?[0]?["tools"]?[0]?.string == "count")
            #expect(json["stalls"]?[0]?["threads"]?[0]?["frames"]?[2]?.string == "futex" && json["stalls"]?[0]?["threads"]?[0]?["id"]?.int == 42)
            #expect(json["stalls"]?[1]?["time"]?.int == 1_000 && json["stalls"]?[1]?["unsampled"]?.string == "it was over before it was noticed")
            let report = try await AdminReply.get("/admin/report", port: port, fields: [Self.bearer]).body
            let listed = try RawJSON(Array(report.utf8)).value()["stalls"]
            #expect(listed?[0]?["time"]?.int == 2_000 && listed?[0]?["in"]?[0]?.string == "App.block() -> ()" && listed?[0]?["threads"] == nil)
            #expect(listed?[1]?["time"]?.int == 1_000 && !report.contains("futex"))
            #expect(try await AdminReply.get("/admin", port: port).body.contains("id=\"stalls\""))
        }
    }
}
