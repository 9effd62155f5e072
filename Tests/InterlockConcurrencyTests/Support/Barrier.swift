import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A synchronous stop for a thread of the pool: occupies it until it is opened.
final class Barrier: Sendable {
    private let isOpen = Atomic(false)
    private let arrived = Atomic(0)

    var arrivals: Int { arrived.load(ordering: .acquiring) }

    func wait() {
        arrived.add(1, ordering: .acquiringAndReleasing)
        while !isOpen.load(ordering: .acquiring) { sched_yield() }
    }

    func open() { isOpen.store(true, ordering: .releasing) }
}
