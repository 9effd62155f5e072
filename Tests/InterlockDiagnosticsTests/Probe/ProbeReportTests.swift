import InterlockJSON
import Testing

@testable import InterlockDiagnostics

@Suite("A probe's verdict")
struct ProbeReportTests {
    @Test("follows from the steps", arguments: [
        ([("modern handshake", .ok), ("legacy handshake", .ok), ("modern tools/list", .ok)], ["2026-07-28"], .healthy),
        ([("modern handshake", .failed), ("legacy handshake", .ok)], ["2025-11-25"], .healthy),
        ([("modern handshake", .ok), ("legacy handshake", .failed)], ["2026-07-28"], .healthy),
        ([("modern handshake", .walled), ("legacy handshake", .walled)], [], .authWalled),
        ([("modern handshake", .brokenWall), ("legacy handshake", .brokenWall)], [], .degraded),
        ([("modern handshake", .forbidden), ("legacy handshake", .forbidden)], [], .authWalled),
        ([("modern handshake", .forbidden), ("legacy handshake", .brokenWall)], [], .degraded),
        ([("modern handshake", .ok), ("modern tools/call", .forbidden)], ["2026-07-28"], .authWalled),
        ([("unauthenticated modern handshake", .forbidden), ("modern handshake", .ok)], ["2026-07-28"], .healthy),
        ([("unauthenticated modern handshake", .forbidden), ("modern handshake", .failed)], [], .down),
        ([("connect", .failed)], [], .down),
        ([("modern handshake", .failed), ("legacy handshake", .failed)], [], .down),
        ([("modern handshake", .ok), ("tools digest", .failed)], ["2026-07-28"], .degraded),
        ([("modern handshake", .ok), ("modern tools/call", .failed)], ["2026-07-28"], .degraded),
        ([("modern handshake", .ok), ("legacy handshake", .ok), ("legacy tools/list", .failed)], ["2026-07-28", "2025-11-25"], .degraded),
        ([("modern handshake", .ok), ("modern tools/list", .walled)], ["2026-07-28"], .authWalled),
        ([("unauthenticated modern handshake", .walled), ("modern handshake", .failed)], [], .down),
        ([("unauthenticated modern handshake", .brokenWall), ("modern handshake", .failed)], [], .down),
        ([("unauthenticated modern handshake", .walled), ("modern handshake", .walled)], [], .authWalled),
        ([("unauthenticated modern handshake", .brokenWall), ("modern handshake", .ok)], ["2026-07-28"], .degraded),
        ([("modern handshake", .walled), ("legacy handshake", .walled), ("resource metadata", .ok), ("issuer metadata", .ok)], [], .authWalled),
        ([("modern handshake", .walled), ("legacy handshake", .walled), ("resource metadata", .skipped)], [], .authWalled),
        ([("modern handshake", .walled), ("legacy handshake", .walled), ("resource metadata", .failed)], [], .degraded),
        ([("modern handshake", .walled), ("legacy handshake", .walled), ("resource metadata", .ok), ("issuer metadata", .failed)], [], .degraded),
        ([("unauthenticated modern handshake", .walled), ("modern handshake", .ok), ("resource metadata", .failed)], ["2026-07-28"], .degraded),
        ([("unauthenticated modern handshake", .walled), ("modern handshake", .failed), ("resource metadata", .failed)], [], .down),
        ([("unauthenticated modern handshake", .ok), ("modern handshake", .ok)], ["2026-07-28"], .healthy),
    ] as [([(String, ProbeReport.Status)], [String], ProbeReport.Verdict)])
    func verdict(steps: [(String, ProbeReport.Status)], eras: [String], verdict: ProbeReport.Verdict) {
        var report = ProbeReport()
        report.steps = steps.map { .init(name: $0.0, status: $0.1, took: nil, detail: "") }
        report.eras = eras
        #expect(report.verdict == verdict)
    }

    @Test("stands on its page with every step, and what a server says is escaped")
    func page() {
        var report = ProbeReport()
        report.steps = [
            .init(name: "connect", status: .ok, took: .milliseconds(3), detail: ""),
            .init(name: "modern handshake", status: .failed, took: .seconds(2), detail: "<script>"),
        ]
        let html = report.html(of: "http://t/mcp", time: 0)
        #expect(html.contains("Nothing that a client needs answers") && html.contains("modern handshake"))
        #expect(html.contains("&lt;script&gt;") && !html.contains("<script>"))
    }

    @Test("says of a credential that is refused with 403 that it has no right, though without one a credential is asked for")
    func forbidden() {
        var report = ProbeReport()
        report.steps = [
            .init(name: "unauthenticated modern handshake", status: .walled, took: nil, detail: ""),
            .init(name: "modern handshake", status: .forbidden, took: nil, detail: ""),
        ]
        #expect(report.verdict == .authWalled && report.sentence.contains("403"))
        #expect(report.html(of: "http://t/mcp", time: 0).contains("refused (HTTP 403)"))
        report.steps[1].status = .walled
        #expect(report.sentence == "It wants a credential, and says so as it must.")
    }

    @Test("equal tools have one digest, whatever the order of their members")
    func digest() {
        #expect(CanonicalJSON.digest(["a": 1, "b": [1.0]]) == CanonicalJSON.digest(["b": [1.0], "a": 1]))
        #expect(CanonicalJSON.digest(["a": 1]) != CanonicalJSON.digest(["a": 2]))
        #expect(CanonicalJSON.digest([:]) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
    }
}
