import NIOCore
#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension ChannelHandlerContext {
    /// Whether the peer has sent something that was not read yet: on a loop that is behind, the second look at a connection before it is closed
    /// for being quiet.
    ///
    /// One look at the socket, on the loop only. False where the channel has none.
    var hasUnreadBytes: Bool {
        let count = try? pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            var byte: UInt8 = 0
            return recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        }
        return (count ?? 0) > 0
    }
}
