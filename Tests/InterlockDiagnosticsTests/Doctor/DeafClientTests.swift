#if os(Linux)
import Foundation
import Glibc
import InterlockConcurrency
import InterlockProtocol
import Testing

@testable import InterlockDiagnostics

@Suite("A client that does not read", .timeLimit(.minutes(1)))
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
        defer { close(listener.descriptor) }
        let answer = Array("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n".utf8)
        // Ends when the socket is shut down.
        Thread.detachNewThread {
            while case let peer = accept(listener.descriptor, nil, nil), peer >= 0 {
                var question = [UInt8](repeating: 0, count: 65_536)
                _ = recv(peer, &question, question.count, 0)
                _ = answer.withUnsafeBytes { send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                close(peer)
            }
        }
        defer { shutdown(listener.descriptor, Int32(SHUT_RDWR)) }
        let diagnosis = try await FaultyServer(.none).serving { server in
            var server = server
            server.localEndpoint = (listener.port, "/mcp")
            return try await DoctorRun(server, limits: .init(duration: .seconds(1)), subjects: [.backPressure]).run([]).diagnosis
        }
        #expect(diagnosis.findings.isEmpty)
        #expect(diagnosis.sound.contains { $0.contains("does not read") } == (status == 200))
        #expect(diagnosis.undecided.contains { $0.contains("HTTP status 401") } == (status == 401))
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
