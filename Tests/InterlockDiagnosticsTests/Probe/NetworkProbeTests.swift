import InterlockConcurrency
import Testing

@testable import InterlockDiagnostics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

#if os(Linux)
@Suite("Which of several addresses is reached", .timeLimit(.minutes(5)))
struct NetworkProbeTests {
    /// A listener of this machine; closed with it, and all that was put into its queue.
    private final class Listener {
        let address: [UInt8]
        private let descriptor: Int32
        private var queued: [Int32] = []

        /// - Parameter isFull: whether its queue is so full that a further connection gets no answer at all: a black hole.
        /// - Parameter listens: else connections are refused, and nobody else is given the port.
        init(isFull: Bool = false, listens: Bool = true) throws {
            descriptor = Self.stream()
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = descriptor
            try withUnsafeMutablePointer(to: &address) { pointer in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { base in
                    try #require(bind(descriptor, base, size) == 0 && (!listens || listen(descriptor, isFull ? 0 : 8) == 0) && getsockname(descriptor, base, &size) == 0)
                }
            }
            self.address = withUnsafeBytes(of: address) { Array($0) }
            guard isFull else { return }
            // The queue of a backlog of nothing takes one; what comes after it stays on its way.
            for _ in 0..<4 {
                let client = Self.stream()
                _ = fcntl(client, F_SETFL, fcntl(client, F_GETFL) | O_NONBLOCK)
                _ = self.address.withUnsafeBytes { connect(client, $0.bindMemory(to: sockaddr.self).baseAddress!, socklen_t($0.count)) }
                queued.append(client)
            }
        }

        deinit { for one in queued + [descriptor] { close(one) } }

        /// Whether a connection has come, and its other end was closed.
        var sawClosedConnection: Bool {
            let connection = accept(descriptor, nil, nil)
            defer { close(connection) }
            var byte: UInt8 = 0
            return connection >= 0 && recv(connection, &byte, 1, 0) == 0
        }

        private static func stream() -> Int32 {
            #if canImport(Glibc)
            socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            #else
            socket(AF_INET, SOCK_STREAM, 0)
            #endif
        }
    }

    @Test("An address that answers nothing holds up the next one for its head start, and no longer")
    func blackHole() throws {
        let (hole, good) = (try Listener(isFull: true), try Listener())
        let began = SystemClock.shared.now
        try NetworkProbe.reach([hole.address, good.address], timeout: .seconds(20))
        let took = SystemClock.shared.now - began
        #expect(took >= .milliseconds(250) && took < .seconds(20), "\(took)")
        #expect(good.sawClosedConnection)
        // The control: by itself it is no connection, and its time is over when it is over.
        let alone = #expect(throws: NetworkProbe.Failure.self) { try NetworkProbe.reach([hole.address], timeout: .milliseconds(300)) }
        #expect(alone?.message == "no answer within 0.3 seconds")
    }

    @Test("All of them together have the time that there is for one")
    func bounded() throws {
        let holes = [try Listener(isFull: true), try Listener(isFull: true), try Listener(isFull: true)]
        let began = SystemClock.shared.now
        #expect(throws: NetworkProbe.Failure.self) { try NetworkProbe.reach(holes.map(\.address), timeout: .milliseconds(600)) }
        #expect(SystemClock.shared.now - began >= .milliseconds(600))
    }

    @Test("One that refuses makes way at once; where all refuse, the reason is the last one's")
    func refusing() throws {
        let good = try Listener()
        let closed = try Listener(listens: false), refusing = closed.address
        defer { withExtendedLifetime(closed) {} }
        try NetworkProbe.reach([refusing, refusing, good.address], timeout: .seconds(20))
        #expect(good.sawClosedConnection)
        let error = #expect(throws: NetworkProbe.Failure.self) { try NetworkProbe.reach([refusing, refusing], timeout: .seconds(20)) }
        #expect(error?.message == "Connection refused")
        let none = #expect(throws: NetworkProbe.Failure.self) { try NetworkProbe.reach([], timeout: .seconds(1)) }
        #expect(none?.message == "no address")
    }
}
#endif
