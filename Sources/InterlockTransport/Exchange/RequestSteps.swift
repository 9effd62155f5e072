public import InterlockConcurrency
import Synchronization

/// How long the steps of a request took that come before it is known what it asks for: its gates, and bringing back its session; and why a gate refused it.
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

    /// Why a request was not let in. Both are words of a few, whatever the request says, as in the metric `interlock_gate_refusals_total`.
    public struct Refusal: Sendable, Hashable {
        /// Which gate refused, such as `authorization`.
        public var gate: String
        /// What it refused, such as `expired`.
        public var reason: String

        public init(gate: String, reason: String) {
            self.gate = gate
            self.reason = reason
        }
    }

    private let state = Mutex<(steps: [Step], refusal: Refusal?)>(([], nil))
    /// Steps that are kept; what comes after them is not.
    static let maximum = 16

    public init() {}

    /// The steps so far, in the order in which they ended.
    public var all: [Step] { state.withLock { $0.steps } }

    /// Why the request was refused, if a gate has said so.
    public var refusal: Refusal? { state.withLock { $0.refusal } }

    /// Notes a step.
    public func note(_ name: String, from began: MonotonicTime, to ended: MonotonicTime) {
        state.withLock { if $0.steps.count < Self.maximum { $0.steps.append(Step(name: name, began: began, ended: ended)) } }
    }

    /// Notes why a gate refuses the request, before it does.
    public func refuse(_ reason: String, by gate: String) {
        state.withLock { $0.refusal = Refusal(gate: gate, reason: reason) }
    }
}
