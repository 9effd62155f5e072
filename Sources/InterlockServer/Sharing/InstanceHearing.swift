import Synchronization

/// How well this instance hears the others: not at all, or how often it may have missed what they said.
///
/// Asked with each use of a session, so it is two numbers and no lock.
final class InstanceHearing: Sendable {
    private let listening = Atomic<Bool>(false)
    private let missed = Atomic<Int>(0)

    /// Whether the others are heard; false without a bus, before it was first reached, and when serving has ended.
    var isListening: Bool { listening.load(ordering: .acquiring) }

    /// Times at which messages may have been missed. It only grows.
    var gaps: Int { missed.load(ordering: .acquiring) }

    /// From here on the others are heard; what they said before was not.
    func begins() {
        gap()
        listening.store(true, ordering: .releasing)
    }

    /// From here on the others are not heard.
    func ends() { listening.store(false, ordering: .releasing) }

    /// Messages may have been missed before this.
    func gap() { missed.add(1, ordering: .acquiringAndReleasing) }
}
