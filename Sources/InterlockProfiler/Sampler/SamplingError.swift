/// Why no profile was taken.
public struct SamplingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of reason.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String { case unsupported, busy, signalTaken, outOfBounds, refused }
        private let reason: Reason

        /// Stacks are sampled on Linux with an x86-64 or 64-bit ARM processor only.
        public static let unsupported = Code(reason: .unsupported)
        /// A profile is being taken: one at a time.
        public static let busy = Code(reason: .busy)
        /// The program has a handler of its own for SIGPROF.
        public static let signalTaken = Code(reason: .signalTaken)
        /// The time or the rate asked for is outside of what is allowed.
        public static let outOfBounds = Code(reason: .outOfBounds)
        /// The system refused memory, a thread or its timers.
        public static let refused = Code(reason: .refused)

        public var description: String { reason.rawValue }
    }

    /// What kind of reason.
    public var code: Code
    /// What is wrong, and what to do.
    public var message: String
    /// How long the profile that is being taken will take yet, where that is known.
    public var remaining: Duration?

    init(_ code: Code, _ message: String, remaining: Duration? = nil) {
        self.code = code
        self.message = message
        self.remaining = remaining
    }

    public var description: String { "\(code): \(message)" }

    static var unsupported: SamplingError {
        SamplingError(.unsupported, "stacks can be sampled on Linux with an x86-64 or 64-bit ARM processor only; use a profiler of this system instead")
    }
}
