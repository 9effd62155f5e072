#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A place where one thread sleeps until it is woken or a time has come.
///
/// A wake-up that comes before the sleep is remembered, one only, so none is lost: the owner looks for work, finds none,
/// parks; whoever adds work unparks afterwards.
package final class ThreadParker: Sendable {
    private struct Storage {
        var mutex = pthread_mutex_t()
        var condition = pthread_cond_t()
        var isWoken = false
    }

    // SAFETY: the pointer never changes, the memory lives as long as this object, and after `init` it is touched
    // only by the pthread functions and, for `isWoken`, between lock and unlock of the mutex beside it.
    nonisolated(unsafe) private let storage: UnsafeMutablePointer<Storage>

    package init() {
        storage = .allocate(capacity: 1)
        storage.initialize(to: Storage())
        Self.check(pthread_mutex_init(&storage.pointee.mutex, nil))
        #if canImport(Darwin)
        Self.check(pthread_cond_init(&storage.pointee.condition, nil))
        #else
        var attributes = pthread_condattr_t()
        Self.check(pthread_condattr_init(&attributes))
        Self.check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC))
        Self.check(pthread_cond_init(&storage.pointee.condition, &attributes))
        pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(&storage.pointee.condition)
        pthread_mutex_destroy(&storage.pointee.mutex)
        storage.deinitialize(count: 1)
        storage.deallocate()
    }

    /// Sleeps until ``unpark()`` or `deadline`. May also return for no reason, so the caller looks again.
    package func park(until deadline: MonotonicTime = .distantFuture) {
        Self.check(pthread_mutex_lock(&storage.pointee.mutex))
        if !storage.pointee.isWoken { waitOnce(until: deadline) }
        storage.pointee.isWoken = false
        Self.check(pthread_mutex_unlock(&storage.pointee.mutex))
    }

    /// Wakes the thread that is parked here, or lets its next park return at once.
    package func unpark() {
        Self.check(pthread_mutex_lock(&storage.pointee.mutex))
        storage.pointee.isWoken = true
        Self.check(pthread_cond_signal(&storage.pointee.condition))
        Self.check(pthread_mutex_unlock(&storage.pointee.mutex))
    }

    private func waitOnce(until deadline: MonotonicTime) {
        guard deadline != .distantFuture else {
            Self.check(pthread_cond_wait(&storage.pointee.condition, &storage.pointee.mutex))
            return
        }
        #if canImport(Darwin)
        let remaining = max(0, deadline.nanoseconds - OperatingSystem.monotonicNanoseconds())
        var time = timespec(tv_sec: Int(remaining / 1_000_000_000), tv_nsec: Int(remaining % 1_000_000_000))
        let code = pthread_cond_timedwait_relative_np(&storage.pointee.condition, &storage.pointee.mutex, &time)
        #else
        let nanoseconds = max(0, deadline.nanoseconds)
        var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        let code = pthread_cond_timedwait(&storage.pointee.condition, &storage.pointee.mutex, &time)
        #endif
        if code != ETIMEDOUT { Self.check(code) }
    }

    private static func check(_ code: Int32) {
        precondition(code == 0, "a pthread call failed with error \(code) on a mutex or condition that this type owns")
    }
}
