#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Bytes that are read piece by piece, since programs are large and little of them is needed.
protocol ByteSource {
    /// So many bytes from an offset; `nil` unless all of them are there.
    func bytes(at offset: UInt64, count: Int) -> [UInt8]?
}

/// The bytes of a file, which stays open as long as this lives.
final class FileBytes: ByteSource {
    private let descriptor: Int32

    /// `nil` when it cannot be opened.
    init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
        guard count >= 0, let offset = Int(exactly: offset), offset <= Int.max - count else { return nil }
        return try? [UInt8](unsafeUninitializedCapacity: count) { buffer, filled throws(Incomplete) in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else { throw Incomplete() }
                filled += got
            }
        }
    }

    /// The file ends before the bytes that were asked for; told as `nil`.
    private struct Incomplete: Error {}
}
