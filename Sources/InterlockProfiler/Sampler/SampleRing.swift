import CSampler
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The ring that signal handlers fill, as its one reader sees it.
final class SampleRing: Sendable {
    enum Lane {
        case cpu, capture

        fileprivate var number: interlock_lane { self == .cpu ? INTERLOCK_LANE_CPU : INTERLOCK_LANE_CAPTURE }
    }

    // SAFETY: the pointer never changes, handlers reach the ring by atomic operations only, and its one reader is whoever
    // made this, on one thread.
    nonisolated(unsafe) private let ring: OpaquePointer
    private let capacity: UInt32

    /// Checks return addresses against `code`, which it takes over: that of the process unless told otherwise. `nil` without memory.
    init?(slots: UInt32, code: OpaquePointer? = interlock_code_of_process()) {
        guard let code else { return nil }
        guard let ring = interlock_ring_create(slots, code) else {
            interlock_code_destroy(code)
            return nil
        }
        self.ring = ring
        capacity = slots
    }

    deinit { interlock_ring_destroy(ring) }

    /// Samples of this lane come here from now on; ``detach(_:)`` must follow before this is let go.
    func attach(_ lane: Lane) throws(SamplingError) {
        switch interlock_sampler_attach(lane.number, ring) {
        case 0: return
        case EBUSY: throw SamplingError(.busy, "a profile is being taken already: one at a time, try again when it is done")
        case EEXIST:
            throw SamplingError(.signalTaken, "another part of this program handles SIGPROF, which sampling needs: switch the other profiler off")
        case ENOSYS: throw .unsupported
        case let code: throw SamplingError(.refused, "the system refused a signal handler: error \(code)")
        }
    }

    /// Samples come no more when this returns.
    func detach(_ lane: Lane) { interlock_sampler_detach(lane.number) }

    /// Takes out what has come, at most as many as the ring holds: the thread each stack comes from, and how many samples it stands for.
    func drain(_ body: (_ thread: Int32, _ weight: Int, RawStack) -> Void) {
        var sample = interlock_sample()
        for _ in 0..<capacity {
            guard interlock_ring_take(ring, &sample) else { return }
            body(sample.thread, Int(sample.weight), RawStack(&sample))
        }
    }

    /// Samples for which there was no slot.
    var dropped: Int { Int(interlock_ring_dropped(ring)) }
}
