import Glibc

/// A port of this machine that nobody is given meanwhile, and on which connections are refused until somebody listens who was told its number: a socket
/// that does not listen is bound to it.
final class HeldPort: Sendable {
    struct NoneLeft: Error {}

    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var (reuses, address, length) = (Int32(1), sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
        // Who listens later on the same port says so as well.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuses, socklen_t(MemoryLayout<Int32>.size))
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0 }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isBound else { throw NoneLeft() }
    }

    deinit { close(descriptor) }

    /// One that leaves room for a cluster's own 10,000 above it.
    static func withRoomAbove() throws -> HeldPort {
        while true {
            let held = try HeldPort()
            if held.port <= 55_535 { return held }
        }
    }
}
