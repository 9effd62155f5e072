#if TLS
import Foundation
import InterlockConcurrency
import InterlockRedis
import InterlockStorage
import Testing

extension AgainstRedis {
    @Suite("Redis over TLS", .timeLimit(.minutes(5)))
    struct RedisTLSTests {
        private let folder = NSTemporaryDirectory() + "interlock-redis-tls-\(UUID().uuidString)"

        @Test("commands and messages go over TLS, and an authority that is not the server's is refused in clear text")
        func tls() async throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            for name in ["ca", "other"] {
                try openSSL("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem")
            }
            try openSSL("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "request.pem")
            try "subjectAltName=DNS:localhost,IP:127.0.0.1".write(toFile: folder + "/names", atomically: true, encoding: .utf8)
            try openSSL("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "cert.pem")
            let held = try HeldPort(), port = held.port
            defer { withExtendedLifetime(held) {} }
            let server = try RedisServerProcess([
                "--tls-port", "\(port)", "--tls-cert-file", folder + "/cert.pem", "--tls-key-file", folder + "/key.pem", "--tls-ca-cert-file", folder + "/ca.pem",
                "--tls-auth-clients", "no",
            ])
            for host in ["localhost", "127.0.0.1"] {
                try await withClient(RedisConfiguration(url: "rediss://\(host):\(port)?budget=20000&timeout=20000&ca=\(folder)/ca.pem")) { client in
                    try await client.start()
                    let heard = Waiter<BusEvent>()
                    let subscription = try await RedisMessageBus(client).subscribe(to: "c") { heard.resolve($0) }
                    try await RedisMessageBus(client).publish([7], to: "c")
                    #expect(await heard.suspend() == .message([7]))
                    subscription.cancel()
                }
            }
            try await withClient(RedisConfiguration(url: "rediss://localhost:\(port)?budget=20000&timeout=20000&ca=\(folder)/other.pem")) { client in
                let error = await #expect(throws: StoreError.self) { try await client.start() }
                #expect(error?.message.contains("not signed by a trusted authority") == true, "\(error.map { "\($0)" } ?? "")")
            }
            #expect(throws: RedisConfigurationError.self) { try RedisClient(RedisConfiguration(url: "rediss://localhost:\(port)?ca=\(folder)/none.pem")) }
            server.kill()
        }

        private func openSSL(_ arguments: String...) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            process.arguments = arguments
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
        }
    }
}
#endif
