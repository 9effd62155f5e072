import InterlockTransport
import Testing

@testable import InterlockHTTPClient

@Suite("Certificates that are not trusted")
struct PresentedCertificateTests {
    private static let day: Int64 = 86_400
    private static let now: Int64 = 1_795_000_000

    private static func certificate(_ names: [String] = ["a.example"], from: Int64 = -10, until: Int64 = 80) -> PresentedCertificate {
        PresentedCertificate(names: names, notBefore: now + from * day, notAfter: now + until * day)
    }

    @Test("what is wrong is said in words, with what to do", arguments: [
        ([certificate(until: -3)], "a.example", "its certificate expired 3 days ago: renew it"),
        ([certificate(from: 5)], "a.example", "valid only in 5 days: compare the clocks"),
        ([certificate(), certificate([], until: -30)], "a.example", "of an authority of its chain expired 30 days ago"),
        ([certificate(["b.example", "10.0.0.1"])], "a.example", "is for b.example, 10.0.0.1, not for 'a.example'"),
        ([certificate([])], "a.example", "for no name at all"),
        ([certificate(["1", "2", "3", "4", "5", "6"])], "a.example", "for 1, 2, 3, 4, 5, …, not for"),
        ([certificate(["b.example"], until: -3)], "a.example", "expired"),
        ([certificate()], "a.example", "not signed by an authority that this machine trusts"),
        ([], "a.example", "presented no certificate"),
    ] as [([PresentedCertificate], String, String)])
    func faults(chain: [PresentedCertificate], host: String, part: String) {
        let fault = PresentedCertificate.fault(of: chain, for: host, at: Self.now)
        #expect(fault.contains(part), "\(fault)")
    }

    @Test("a certificate is for its names, whatever their case, and a star is one label", arguments: [
        (["a.example"], "A.example", true), (["*.example"], "a.example", true), (["*.example"], "b.a.example", false), (["*.example"], "example", false),
        (["*.a.example"], "a.example", false), (["127.0.0.1"], "127.0.0.1", true), ([], "a", false), (["*"], "a", false),
    ] as [([String], String, Bool)])
    func names(names: [String], host: String, isFor: Bool) {
        #expect(Self.certificate(names).isFor(host) == isFor)
    }

    @Test("a certificate that ends soon is to be renewed", arguments: [(80, "valid for 80 days"), (3, "3 days only: renew it"), (1, "24 hours only"), (0, "0 hours only")])
    func validity(days: Int64, text: String) {
        #expect(Self.certificate(until: days).validity(at: Self.now).contains(text))
    }

    @Test("a URL without TLS has no handshake; where this build has none, https says so")
    func refused() {
        let plain = #expect(throws: TransportError.self) { try TLSHandshake("http://localhost:1") }
        #expect(plain?.code == .misuse)
        #if !TLS
        let secure = #expect(throws: TransportError.self) { try TLSHandshake("https://localhost:1") }
        #expect(secure?.code == .misuse && secure?.message.contains("package trait TLS") == true)
        #endif
    }
}
