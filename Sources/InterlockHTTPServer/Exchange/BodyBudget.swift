import Synchronization

/// Bytes that the request bodies of all connections hold together, and their bound.
///
/// Charged as bytes arrive, not as they are announced, so that announcing costs others nothing.
final class BodyBudget: Sendable {
    private let limit: Int
    private let held = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes `bytes` if they fit.
    func take(_ bytes: Int) -> Bool {
        if held.wrappingAdd(bytes, ordering: .relaxed).newValue <= limit { return true }
        held.wrappingSubtract(bytes, ordering: .relaxed)
        return false
    }

    /// Gives back what was taken.
    func give(_ bytes: Int) {
        held.wrappingSubtract(bytes, ordering: .relaxed)
    }

    /// What is held now.
    var heldBytes: Int { held.load(ordering: .relaxed) }
}
