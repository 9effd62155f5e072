public import InterlockConcurrency
import Synchronization

/// How long the steps of a request took that come before it is known what it asks for: its gates, and bringing back its session.
///
/// Made for each request where somebody traces, and nowhere else; the server makes spans of it once there is a trace for them to belong to.
public final class RequestSteps: Sendable {
    /// One step that is over.
    public struct Step: Sendable, Hashable {
        /// What the span is called.
        public var name: String
        public var began: MonotonicTime
        public var ended: MonotonicTime
    }

    private let steps = Mutex<[Step]>([])
    /// Steps that are kept; what comes after them is not.
    static let maximum = 16

    public init() {}

    /// The steps so far, in the order in which they ended.
    public var all: [Step] { steps.withLock { $0 } }

    /// Notes a step.
    public func note(_ name: String, from began: MonotonicTime, to ended: MonotonicTime) {
        steps.withLock { if $0.count < Self.maximum { $0.append(Step(name: name, began: began, ended: ended)) } }
    }
}
