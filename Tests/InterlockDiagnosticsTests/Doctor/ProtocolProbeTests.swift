import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

@Suite("Rules of the protocol, tried over HTTP", .timeLimit(.minutes(5)))
struct ProtocolProbeTests {
    private static func probed(_ fault: RuleBreakingTransport.Fault, isModern: Bool, _ run: (inout ProtocolProbe) async -> Void) async throws -> ProtocolProbe {
        let peer = try await RawPeer(
            DiagnosedServer.Link(RuleBreakingTransport(fault)), isModern: isModern, start: .seconds(10), timeout: .seconds(10), clock: SystemClock.shared)
        var probe = ProtocolProbe(peer, isHTTP: true, tool: (name: "work", arguments: [:]))
        await run(&probe)
        await peer.close()
        return probe
    }

    @Test("a peer whose handshake fails closes its link", arguments: [true, false])
    func refused(isModern: Bool) async throws {
        let transport = ScriptedTransport { _ in .error(-32601) }
        // Any answer to server/discover shows that somebody is there.
        let silent = ScriptedTransport { _ in .silence }
        let clock = ManualClock()
        let link = DiagnosedServer.Link(isModern ? silent : transport)
        let peer = Task { try await RawPeer(link, isModern: isModern, start: .seconds(1), timeout: .seconds(1), clock: clock) } // awaited below
        if isModern {
            try await clock.waitForPending(1)
            clock.advance(by: .seconds(1))
        }
        await #expect(throws: ClientError.self) { _ = try await peer.value }
        #expect((isModern ? silent : transport).closeCount == 1)
    }

    @Test("each broken rule is found, and none where all are kept", arguments: [
        (RuleBreakingTransport.Fault.none, true, [DoctorFinding.Code]()), (.none, false, []), (.headersUnchecked, true, [.headersUnchecked]),
        (.headersUnchecked, false, []), (.progressAstray, false, [.progressAstray]),
    ])
    func rules(fault: RuleBreakingTransport.Fault, isModern: Bool, codes: [DoctorFinding.Code]) async throws {
        let probe = try await Self.probed(fault, isModern: isModern) { await $0.run() }
        #expect(probe.breaches.map(\.code) == codes)
        #expect(probe.tried >= 6)
    }

    @Test("where there is one stream for everything, nothing goes astray on it")
    func oneStream() async throws {
        func codes(hasRequestStreams: Bool) async throws -> [DoctorFinding.Code] {
            let link = DiagnosedServer.Link(RuleBreakingTransport(.progressAstray), hasRequestStreams: { hasRequestStreams })
            let peer = try await RawPeer(link, isModern: false, start: .seconds(10), timeout: .seconds(10), clock: SystemClock.shared)
            var probe = ProtocolProbe(peer, isHTTP: true, tool: (name: "work", arguments: [:]))
            await probe.progress()
            await peer.close()
            return probe.breaches.map(\.code)
        }
        #expect(try await codes(hasRequestStreams: false) == [])
        #expect(try await codes(hasRequestStreams: true) == [.progressAstray])
    }

    @Test("doctor asks a server of both eras for its progress in the older one too", arguments: [(RuleBreakingTransport.Fault.none, false), (.progressAstray, true)])
    func bothEras(fault: RuleBreakingTransport.Fault, isFound: Bool) async throws {
        let server = DiagnosedServer(era: .modern(), isShared: true, isHTTP: true) { DiagnosedServer.Link(RuleBreakingTransport(fault)) }
        let work = [ProbeOperation.call(tool: "work", arguments: .emptyObject)]
        // Nothing has to be waited for, and no deadline comes before it: time stands still.
        let seen = try await DoctorRun(server, limits: .init(duration: .seconds(1)), subjects: [.protocolRules], clock: ManualClock()).run(work).observations
        #expect(seen.breaches.map(\.code) == (isFound ? [.progressAstray] : []))
    }
}
