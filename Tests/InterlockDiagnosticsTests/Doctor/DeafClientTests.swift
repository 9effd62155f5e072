#if os(Linux)
import Foundation
import Glibc
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

@testable import InterlockDiagnostics

@Suite("A client that does not read", .timeLimit(.minutes(5)))
struct DeafClientTests {
    @Test("asks with the credential that was given, and in the session of its era")
    func request() {
        func text(_ era: DeafClient.Era) -> String {
            String(decoding: DeafClient.request(port: 80, path: "/mcp", era: era, headers: [("Authorization", "Bearer b")]), as: UTF8.self)
        }
        let modern = text(.modern)
        #expect(modern.hasPrefix("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:80\r\n") && modern.contains("Authorization: Bearer b\r\n"))
        #expect(modern.contains("Mcp-Method: tools/list\r\n") && !modern.contains("Mcp-Session-Id"))
        let legacy = text(.legacy(.latestLegacy, session: "s1"))
        #expect(legacy.contains("Mcp-Session-Id: s1\r\n") && legacy.contains("MCP-Protocol-Version: 2025-11-25\r\n"))
        #expect(legacy.contains("Authorization: Bearer b\r\n"))
        #expect(!text(.legacy(.latestLegacy, session: nil)).contains("Mcp-Session-Id"))
        for request in [modern, legacy] {
            let parts = request.split(separator: "\r\n\r\n", maxSplits: 1)
            #expect(parts.count == 2 && parts[0].contains("Content-Length: \(parts[1].utf8.count)"))
        }
    }

    @Test("a wall that closes is read as what it is, and not as a server that has taken enough", arguments: [
        ("HTTP/1.1 200 OK\r\n\r\n", 200), ("HTTP/1.1 401 Unauthorized\r\n\r\n", 401), ("HTTP/1.1 4", nil), ("garbage garbage", nil), ("", nil),
    ] as [(String, Int?)])
    func status(answer: String, status: Int?) async throws {
        let listener = try Self.listener()
        defer { close(listener.descriptor) }
        let client = try #require(DeafClient.connect(port: listener.port))
        let peer = accept(listener.descriptor, nil, nil)
        try #require(peer >= 0)
        // The answer lies in the socket's buffer before anybody asks; then the connection ends.
        _ = Array(answer.utf8).withUnsafeBytes { send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        shutdown(peer, Int32(SHUT_WR))
        defer { close(peer) }
        let clock = SystemClock.shared
        #expect(try await client.status(of: Array("question".utf8), deadline: clock.now + .seconds(20), clock: clock) == status)
    }

    @Test("what a wall does to a client that does not read tells nothing of back-pressure; the same from a server that answers is sound", arguments: [401, 200])
    func wall(status: Int) async throws {
        let listener = try Self.listener()
        // The thread's own: its number is nobody else's until the thread closes it.
        let accepting = dup(listener.descriptor)
        let answer = Array("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n".utf8)
        // Ends when the socket is shut down.
        Thread.detachNewThread {
            while case let peer = accept(accepting, nil, nil), peer >= 0 {
                var question = [UInt8](repeating: 0, count: 65_536)
                _ = recv(peer, &question, question.count, 0)
                _ = answer.withUnsafeBytes { send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                close(peer)
            }
            close(accepting)
        }
        defer {
            shutdown(listener.descriptor, Int32(SHUT_RDWR))
            close(listener.descriptor)
        }
        let diagnosis = try await FaultyServer(.none).serving { server in
            var server = server
            server.localEndpoint = (listener.port, "/mcp")
            return try await DoctorRun(server, limits: .init(duration: .seconds(1)), subjects: [.backPressure]).run([]).diagnosis
        }
        #expect(diagnosis.findings.isEmpty)
        #expect(diagnosis.sound.contains { $0.contains("does not read") } == (status == 200))
        #expect(diagnosis.undecided.contains { $0.contains("HTTP status 401") } == (status == 401))
    }

    /// A link whose server takes whatever it is asked and keeps it, once nobody reads its answers.
    private final class HoardingLink: ClientTransport {
        let link: InMemoryClientTransport
        let kept = Mutex(0)
        let isDeaf = Atomic(false)
        let carriesHeaders = false

        init(_ link: InMemoryClientTransport, isDeaf: Bool = false) {
            self.link = link
            self.isDeaf.store(isDeaf, ordering: .relaxed)
        }

        func start(_ receiver: any ClientReceiver) async throws { try await link.start(receiver) }
        func send(_ message: ClientMessage) async throws {
            guard isDeaf.load(ordering: .relaxed) else { return try await link.send(message) }
            kept.withLock { $0 += message.bytes.count }
        }
        func abandon(_ id: RequestID) {}
        func negotiated(_ negotiation: ClientNegotiation) {}
        func openServerStream() async throws {}
        func close() async { await link.close() }
    }

    @Test("over the one stream of a command: a server that takes everything is told of, one that stops taking is sound", arguments: [true, false])
    func overOneStream(isHoarding: Bool) async throws {
        let diagnosis = try await FaultyServer(.none).serving { server in
            var server = server
            let open = server.open, kept = Mutex<HoardingLink?>(nil)
            server.isShared = false
            if isHoarding {
                server.process = { _ in CountedProcess(kept: { ((60 << 20) + (kept.withLock { $0?.kept.withLock { $0 } } ?? 0), 12) }, clock: SystemClock.shared) }
            }
            server.open = {
                var link = open()
                guard let client = link.transport as? InMemoryClientTransport else { return link }
                let hoarding = HoardingLink(client)
                if isHoarding {
                    link.transport = hoarding
                    kept.withLock { $0 = hoarding }
                }
                link.deafness = (
                    begin: {
                        client.pauseReading()
                        hoarding.isDeaf.store(true, ordering: .relaxed)
                    }, unsentBytes: { 0 })
                return link
            }
            return try await DoctorRun(server, limits: .init(duration: .seconds(1)), subjects: [.backPressure]).run([]).diagnosis
        }
        // It harms nobody else: a note.
        #expect(diagnosis.findings.map(\.code) == (isHoarding ? [.noBackPressure] : []) && diagnosis.findings.allSatisfy { $0.severity == .note })
        #expect(diagnosis.sound.contains { $0.contains("the server stopped taking") } != isHoarding)
    }

    @Test("a link that is ended under the questions is a bound, and not a server that takes everything")
    func endedLink() async throws {
        let (_, client) = InMemoryTransport.linkedPair()
        await client.close()
        let clock = SystemClock.shared
        let silence = Silence(of: WorkingProcess(clock: ManualClock()))
        let (taken, outcome) = try await DeafLink(client, unsentBytes: { 0 }).send(.modern, upTo: 1 << 20, silence: silence, deadline: clock.now + .seconds(20), clock: clock)
        #expect(taken == 0 && outcome == .stopped)
    }

    @Test("a server that takes nothing has stopped, unless it works, or waits for a processor, until it is no use to wait", arguments: [
        (0.0, 0.0, DeafClient.Outcome.stopped), (0.3, 0, .atWork), (0, 0.3, .atWork), (0.05, 0.04, .stopped),
    ])
    func silentLink(running: Double, waiting: Double, expected: DeafClient.Outcome) async throws {
        let (_, client) = InMemoryTransport.linkedPair()
        let clock = ManualClock(), isOver = Atomic(false)
        let link = DeafLink(HoardingLink(client, isDeaf: true), unsentBytes: { .max })
        async let sent = {
            defer { isOver.store(true, ordering: .releasing) }
            let silence = Silence(of: WorkingProcess(clock: clock, running: running, waiting: waiting))
            return try await link.send(.modern, upTo: 1, silence: silence, deadline: clock.now + .seconds(2), clock: clock)
        }()
        while !isOver.load(ordering: .acquiring) {
            clock.advanceToNext()
            await Task.yield()
        }
        #expect(try await sent.outcome == expected)
        #expect(clock.now - .zero < .seconds(expected == .stopped ? 1.5 : 6.5))
    }

    private static func listener() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { base in
                try #require(bind(descriptor, base, size) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, base, &size) == 0)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        return (descriptor, port)
    }
}
#endif
