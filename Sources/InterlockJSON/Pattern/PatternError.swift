/// Why a pattern was refused, with the place in its source.
///
/// Thrown while a pattern is compiled, never while it is matched.
public struct PatternError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of refusal it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String { case syntax, unsupported, tooLarge }
        private var value: Value
        private init(_ value: Value) { self.value = value }

        /// The source is not a pattern: an open group, a range out of order, an unknown escape.
        public static let syntax = Code(.syntax)
        /// The source is a pattern, but of a kind that cannot run in linear time (back-references, look-around) or that is not built in.
        public static let unsupported = Code(.unsupported)
        /// The pattern passes one of ``PatternLimits``.
        public static let tooLarge = Code(.tooLarge)

        public var description: String { value.rawValue }
    }

    /// What kind of refusal it is.
    public var code: Code
    /// What was wrong and what to write instead, without the place.
    public var message: String
    /// Where in the source, counted in Unicode scalars from its start.
    public var offset: Int

    /// Makes an error that stands at `offset` scalars from the start of the source.
    public init(_ code: Code, _ message: String, offset: Int) {
        self.code = code
        self.message = message
        self.offset = offset
    }

    public var description: String { "at offset \(offset) of the pattern: \(message)" }
}
