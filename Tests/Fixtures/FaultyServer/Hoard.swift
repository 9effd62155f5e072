import Synchronization

/// Memory that is never given back.
final class Hoard: Sendable {
    private let kept = Mutex<[[UInt8]]>([])

    /// Keeps so many bytes, the header of their array and of their place on the heap included, and really there: zeroes alone might not be.
    func keep(_ bytes: Int) {
        let block = [UInt8](repeating: 0xA5, count: bytes - 48)
        kept.withLock { $0.append(block) }
    }

    /// Keeps them unless that many blocks are kept already.
    func keep(_ bytes: Int, upTo blocks: Int) {
        if kept.withLock({ $0.count }) < blocks { keep(bytes) }
    }
}
