import InterlockConcurrency
@testable import InterlockProfiler
import Synchronization
#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread that works when it is told to, under functions whose names a profile must show.
final class BusyThread: Sendable {
    private let ended = Waiter<Void>()
    private let parker = ThreadParker()
    private let mayBegin = Atomic<Bool>(false)

    /// Starts the thread, which waits for ``work()``.
    init(_ body: @escaping @Sendable () -> Void) throws {
        try OperatingSystem.startThread(named: "busy") { [self] in
            while !mayBegin.load(ordering: .acquiring) { parker.park() }
            body()
            ended.resolve(())
        }
    }

    /// Has it work, and returns when it has.
    func work() async {
        mayBegin.store(true, ordering: .releasing)
        parker.unpark()
        await ended.suspend()
    }

    /// Seconds of a processor that the calling thread has used.
    static var processorTime: Double {
        #if os(Linux)
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        #else
        return Double(clock_gettime_nsec_np(CLOCK_THREAD_CPUTIME_ID)) / 1e9
        #endif
    }
}

/// Uses so many seconds of a processor in a function that a profile must find.
@inline(never)
func workUnderAKnownName(seconds: Double) -> UInt64 {
    let end = BusyThread.processorTime + seconds
    var sum: UInt64 = 1
    while BusyThread.processorTime < end { sum &+= spinUnderAKnownName(100_000) }
    return sum
}

@inline(never)
func spinUnderAKnownName(_ rounds: Int) -> UInt64 {
    var sum: UInt64 = 1
    for round in 0..<rounds { sum = sum &* 31 &+ UInt64(round) }
    return sum
}

/// Uses a processor in a function of the C library, which keeps no frame records on x86-64.
@inline(never)
func copyUnderAKnownName(seconds: Double) -> UInt8 {
    let source = UnsafeMutableRawPointer.allocate(byteCount: 1 << 18, alignment: 64)
    let target = UnsafeMutableRawPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer {
        source.deallocate()
        target.deallocate()
    }
    memset(source, 7, 1 << 18)
    let end = BusyThread.processorTime + seconds
    while BusyThread.processorTime < end { copyManyTimes(target, source) }
    return target.load(as: UInt8.self)
}

@inline(never)
func copyManyTimes(_ target: UnsafeMutableRawPointer, _ source: UnsafeMutableRawPointer) {
    for _ in 0..<200 { memcpy(target, source, 1 << 18) }
}

/// Goes deep and comes back, again and again: stacks that change while they are looked at.
@inline(never)
func descend(_ depth: Int) -> Int {
    depth == 0 ? 1 : descend(depth - 1) &+ depth & 1
}
