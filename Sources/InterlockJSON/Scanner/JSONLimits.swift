/// How much one JSON text may ask of its reader.
///
/// The defaults suit messages from clients that are not trusted: a text within them costs memory
/// proportional to its length.
public struct JSONLimits: Sendable, Hashable {
    /// Longest text in bytes, white space included.
    public var maximumBytes: Int
    /// Deepest nesting of arrays and objects; a scalar has depth 0, `[[]]` has depth 2.
    ///
    /// Values above ``deepestNesting`` count as that: nested values are compared and freed by
    /// recursion, so an unbounded depth would be a way to exhaust a thread's stack.
    public var maximumDepth: Int
    /// Most object members in the whole text, all objects together.
    public var maximumKeys: Int
    /// Most entries of one JSON-RPC batch.
    public var maximumBatchEntries: Int

    /// The nesting no limit can exceed.
    public static let deepestNesting = 512

    /// 4 MiB, 128 levels, 100,000 members, 1,000 batch entries.
    public static let `default` = JSONLimits()

    /// Creates limits; what is left out keeps its default.
    public init(
        maximumBytes: Int = 4 << 20,
        maximumDepth: Int = 128,
        maximumKeys: Int = 100_000,
        maximumBatchEntries: Int = 1_000
    ) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = maximumDepth
        self.maximumKeys = maximumKeys
        self.maximumBatchEntries = maximumBatchEntries
    }
}
