import InterlockConcurrency
@testable import InterlockDiagnostics

/// A process whose one thread runs for a share of the time, and waits for a processor for another, until a moment.
struct WorkingProcess: ProcessReading {
    var clock: any SchedulingClock
    var running = 0.0
    var waiting = 0.0
    var until = Duration.seconds(1_000)

    var runtime: ServerRuntimeKind { .swift }
    var processIdentifier: Int32 { 1 }

    func sample() -> ProcessSample? {
        let time = Double(min(clock.now - .zero, until).wholeNanoseconds)
        return ProcessSample(
            time: clock.now, runQueueNanoseconds: Int64(waiting * time), threadUse: [.init(id: 1, name: "main", cpuNanoseconds: Int64(running * time))])
    }
}
