/// A text that is no folded stacks.
public struct FoldedStacksError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Counted from 1.
    public var line: Int
    public var message: String

    public var description: String { "line \(line) of the folded stacks: \(message)" }
}

extension FoldedStacks {
    /// The folded format that flame graph tools read: a line for each stack, `a;b;c 12`, most frequent first.
    ///
    /// A module stands before its symbol and a backtick, `libc.so.6` then `` ` `` then `read`, as DTrace writes it.
    public var text: String { stacks.map { Self.line($0.frames) + " \($0.count)\n" }.joined() }

    /// Reads the folded format; empty lines are passed over.
    ///
    /// - Throws: ``FoldedStacksError`` for a line without frames or without a count, and where the counts come to more than ``maximumTotal``.
    public init(parsing text: String) throws(FoldedStacksError) {
        self.init()
        // By bytes: a name may begin with what joins the character before it.
        for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { continue }
            guard let space = line.lastIndex(of: UInt8(ascii: " ")), let count = Int(String(line[line.index(after: space)...]) ?? ""), count >= 0 else {
                throw FoldedStacksError(line: index + 1, message: "it does not end in a space and a count: \(String(decoding: line.prefix(80), as: UTF8.self))")
            }
            guard space > line.startIndex else { throw FoldedStacksError(line: index + 1, message: "there is no frame before the count") }
            guard count <= Self.maximumTotal - total else {
                throw FoldedStacksError(line: index + 1, message: "the counts come to more than \(Self.maximumTotal) by here")
            }
            add(line[..<space].split(separator: UInt8(ascii: ";")).map(Self.frame), count: count)
        }
    }

    static func line(_ frames: [StackFrame]) -> String {
        frames.map { frame in
            if let module = frame.module { return "\(module)`\(frame.symbol)" }
            // Without a module, a backtick of the symbol itself must not be taken for the separator.
            return frame.symbol.utf8.contains(UInt8(ascii: "`")) ? "`\(frame.symbol)" : frame.symbol
        }.joined(separator: ";")
    }

    private static func frame(_ bytes: Substring.UTF8View) -> StackFrame {
        guard let tick = bytes.firstIndex(of: UInt8(ascii: "`")) else { return StackFrame(symbol: String(decoding: bytes, as: UTF8.self)) }
        let module = bytes[..<tick]
        return StackFrame(
            symbol: String(decoding: bytes[bytes.index(after: tick)...], as: UTF8.self), module: module.isEmpty ? nil : String(decoding: module, as: UTF8.self))
    }
}
