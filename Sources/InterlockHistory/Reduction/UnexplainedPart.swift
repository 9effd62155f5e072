/// The smallest part of a history that no order of its calls explains. Printed, it is a timeline for people.
///
/// "Smallest" means that no single call can be weakened further, not that no other fault has fewer calls.
public struct UnexplainedPart<Model: SequentialModel>: Sendable {
    /// How much of a call the fault needs.
    public enum Evidence: Hashable, Sendable {
        /// That it took effect between its call and its return, and answered what it did.
        case answer
        /// That it took effect between its call and its return.
        case effect
        /// Nothing: it may have taken effect at any instant after its call, or never.
        case none
    }

    /// A call, and how much of it the fault needs.
    public struct Call: Hashable, Sendable {
        /// The call, as recorded; without its outcome if the fault was there before it returned.
        public let call: RecordedCall<Model.Input, Model.Output>
        /// What of it counts.
        public let evidence: Evidence
    }

    /// The model it was held against.
    public let model: Model
    /// The keys of the part; empty for the whole object.
    public let keys: Set<Model.Key>
    /// The calls that cannot be explained together, by the instant they were made.
    public let calls: [Call]
    /// The instant of the answer with which the fault became certain; what came later plays no part.
    public let certainAt: Int64
    /// Calls of the same part that are not needed: whatever they did, the fault remains.
    public let othersCount: Int
    /// Calls of the same part that are not needed because their answers say that they changed nothing.
    public let idleCount: Int
    /// The longest order that explains some of ``calls``, with the help of others where that is needed.
    public let longestOrder: [Call]
    /// The state after ``longestOrder``.
    public let stateThen: Model.State
    /// The call that had no place after ``longestOrder``; `nil` if that was not worked out.
    public let blocked: Call?
    /// Whether every weakening was tried; if not, the bound was reached and the part may be larger than need be.
    public let isMinimal: Bool
}
