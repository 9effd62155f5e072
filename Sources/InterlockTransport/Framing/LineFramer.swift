#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Splits a stream of bytes into newline-delimited messages, whatever the chunks they come in.
///
/// Pure: bytes in, lines out. A line longer than the limit is skipped to its end and reported once, so one oversized
/// message costs its sender an answer, never the connection; while it is skipped nothing of it is kept. Blank lines are
/// dropped and a carriage return before the newline is removed.
public struct LineFramer: Sendable {
    /// What one line turned out to be.
    public enum Line: Sendable, Hashable {
        /// A line without its terminator; never empty.
        case message([UInt8])
        /// A line over the limit, of which only the length in bytes is known.
        case oversize(length: Int)
    }

    /// The most bytes a line may have, its terminator not counted.
    public let maximumLength: Int

    private var partial: [UInt8] = []
    /// The length so far of the line being skipped; zero while none is.
    private var skipped = 0

    /// Makes a framer at the beginning of a line.
    public init(maximumLength: Int) {
        self.maximumLength = maximumLength
    }

    /// The bytes kept of a line that has not ended yet; at most ``maximumLength`` plus one for a carriage return.
    public var bufferedCount: Int { partial.count }

    /// Takes the next bytes of the stream and hands over every line that they complete, in order.
    public mutating func feed(_ bytes: [UInt8], _ line: (Line) -> Void) {
        bytes.withUnsafeBytes { feed($0, line) }
    }

    /// Takes the next bytes of the stream and hands over every line that they complete, in order.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer, _ line: (Line) -> Void) {
        guard let base = bytes.baseAddress else { return }
        var start = 0
        while start < bytes.count {
            guard let newline = memchr(base + start, 0x0A, bytes.count - start) else {
                keep(UnsafeRawBufferPointer(rebasing: bytes[start...]))
                return
            }
            let end = UnsafeRawPointer(newline) - base
            finishLine(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), line)
            start = end + 1
        }
    }

    /// Ends the stream: a last line without a terminator counts as a line.
    public mutating func finish(_ line: (Line) -> Void) {
        finishLine(UnsafeRawBufferPointer(start: nil, count: 0), line)
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        // One byte more than the limit is let through: it may be the carriage return that does not count.
        if skipped == 0, partial.count + bytes.count <= maximumLength + 1 {
            partial.append(contentsOf: bytes)
        } else {
            skipped += partial.count + bytes.count
            partial = []
        }
    }

    private mutating func finishLine(_ rest: UnsafeRawBufferPointer, _ line: (Line) -> Void) {
        if partial.isEmpty, skipped == 0 {
            emit(rest, line)
            return
        }
        keep(rest)
        if skipped > 0 {
            let length = skipped
            skipped = 0
            line(.oversize(length: length))
        } else {
            let whole = partial
            partial = []
            whole.withUnsafeBytes { emit($0, line) }
        }
    }

    private func emit(_ bytes: UnsafeRawBufferPointer, _ line: (Line) -> Void) {
        var bytes = bytes
        if bytes.last == 0x0D { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropLast()) }
        if bytes.count > maximumLength {
            line(.oversize(length: bytes.count))
        } else if bytes.contains(where: { $0 != 0x20 && $0 != 0x09 }) {
            line(.message([UInt8](bytes)))
        }
    }
}
