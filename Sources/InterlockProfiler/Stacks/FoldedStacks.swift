/// How often each stack was seen, outermost frame first.
///
/// Bounded: a stack keeps its outermost 511 frames, and when there are 50,000 different stacks, further ones count under `(other stacks)` of their
/// outermost frame. Nothing is lost from ``total``.
public struct FoldedStacks: Sendable, Hashable {
    static let maximumDepth = 512
    static let maximumStacks = 50_000
    /// The most that is read: three hundred years in microseconds, which sums of some hundred files cannot overflow.
    static let maximumTotal = 1 << 53

    private var counts: [[StackFrame]: Int] = [:]
    /// All that was added: samples, or microseconds where the stacks are of waiting.
    public private(set) var total = 0

    /// Begins with no stack.
    public init() {}

    /// Counts a stack; one without frames counts as `(no stack)`. Counts below one are left out.
    public mutating func add(_ frames: [StackFrame], count: Int = 1) {
        guard count > 0 else { return }
        insert(frames.map(Self.writable), count)
    }

    /// Counts a stack whose names need no change.
    private mutating func insert(_ frames: [StackFrame], _ count: Int) {
        var frames = frames
        if frames.isEmpty { frames = [StackFrame(symbol: "(no stack)")] }
        if frames.count > Self.maximumDepth { frames = frames.prefix(Self.maximumDepth - 1) + [StackFrame(symbol: "(deeper frames)")] }
        if counts.count >= Self.maximumStacks, counts[frames] == nil { frames = [frames[0], StackFrame(symbol: "(other stacks)")] }
        counts[frames, default: 0] = Self.sum(counts[frames] ?? 0, count)
        total = Self.sum(total, count)
    }

    /// Counts all stacks of another, each under `roots`.
    public mutating func add(_ other: FoldedStacks, under roots: [StackFrame] = []) {
        let roots = roots.map(Self.writable)
        for (frames, count) in other.counts { insert(roots + frames, count) }
    }

    /// The stacks and their counts, most frequent first; the same order for the same stacks.
    public var stacks: [(frames: [StackFrame], count: Int)] {
        counts.map { (line: Self.line($0.key), frames: $0.key, count: $0.value) }
            .sorted { $0.count != $1.count ? $0.count > $1.count : $0.line < $1.line }
            .map { ($0.frames, $0.count) }
    }

    /// The stacks with each frame replaced; stacks that become equal are counted together.
    public func mapFrames(_ transform: (StackFrame) -> StackFrame) -> FoldedStacks {
        var known: [StackFrame: StackFrame] = [:]
        var mapped = FoldedStacks()
        for (frames, count) in counts {
            mapped.insert(
                frames.map { frame in
                    if let frame = known[frame] { return frame }
                    let new = Self.writable(transform(frame))
                    known[frame] = new
                    return new
                }, count)
        }
        return mapped
    }

    /// Every frame that occurs.
    public var frames: Set<StackFrame> { counts.keys.reduce(into: []) { $0.formUnion($1) } }

    /// What separates frames and lines in ``text`` cannot stand in a name.
    static func writable(_ frame: StackFrame) -> StackFrame {
        if isWritable(frame.symbol), !frame.symbol.isEmpty, frame.module.map({ !$0.isEmpty && isWritable($0) && !$0.utf8.contains(UInt8(ascii: "`")) }) ?? true
        {
            return frame
        }
        return StackFrame(
            symbol: writable(frame.symbol),
            module: frame.module.flatMap {
                $0.isEmpty ? nil : String(decoding: writable($0).utf8.map { $0 == UInt8(ascii: "`") ? UInt8(ascii: "'") : $0 }, as: UTF8.self)
            })
    }

    private static func isWritable(_ name: String) -> Bool { !name.utf8.contains { $0 == 0x3B || $0 < 0x20 } }

    private static func writable(_ name: String) -> String {
        let bytes = name.utf8.map { $0 == 0x3B ? UInt8(ascii: ":") : $0 < 0x20 ? UInt8(ascii: " ") : $0 }
        return name.isEmpty ? "(no name)" : String(decoding: bytes, as: UTF8.self)
    }

    private static func sum(_ one: Int, _ other: Int) -> Int {
        let (sum, overflow) = one.addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
