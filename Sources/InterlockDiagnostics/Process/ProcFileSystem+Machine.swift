#if os(Linux)
import Glibc
public import InterlockConcurrency

extension ProcFileSystem {
    /// This machine and this program, from `/proc/stat`, `/proc/pressure/cpu` and the threads of `/proc/self`; some 300 µs.
    ///
    /// - Parameter seesPressure: whether how long threads of this machine waited tells anything: not so of a server on another one.
    public static func machine(seesPressure: Bool = true, clock: any SchedulingClock = SystemClock.shared) -> MachineSample {
        var sample = MachineSample(time: clock.now, processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let tick = 1_000_000_000 / Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        // The line of all processors is the first, and no longer than this.
        sample.stolenNanoseconds = text("/proc/stat", limit: 1).flatMap(ProcText.stolenTicks).map { Int64($0) * tick }
        if seesPressure { sample.pressureNanoseconds = text("/proc/pressure/cpu").flatMap(ProcText.pressure).map { Int64($0) * 1_000 } }
        for thread in threads(of: getpid()) {
            sample.ownWaits[thread] = text("/proc/self/task/\(thread)/schedstat").flatMap(ProcText.schedstat)?.waiting
        }
        sample.ownNanoseconds = ProcessTime.nanoseconds
        return sample
    }
}
#endif
