import Glibc
import InterlockConcurrency
import Measuring

/// What costs no system call, one measurement a run. Each prints one line of JSON.
///
///     microbench client|peer --era modern|legacy [--count 10000] [--warm-up 500]   an in-memory tools/call round trip
///     microbench json [--count 200000]                                             scan, decode and write of small messages
///     microbench toolkit [--count 200000]                                          locks, limiters, tables, workers
///     microbench explorer [--count 100000]                                         schedules of the race explorer
///     microbench limiter [--count 200]                                             a limiter under the load of Peers/limit.cjs
///     microbench production [--count 200000]                                       gates, metrics and spans, each alone
///
/// `--halted-clock` makes counts of allocations and instructions the same in every run; see ``HaltedClock``.
@main
struct MicrobenchCommand {
    static func main() {
        // What `toolkit` starts to measure a `ProcessWorkerPool`.
        if CommandLine.arguments.dropFirst().first == "echo-worker" { return ProcessWorker.serve { Array($0) } }
        // Ends the program, for which the main thread waits. Not `async`: every call would leave the main queue and come
        // back to it, and valgrind does not survive how dispatch lets the main thread go.
        Task.detached {
            do {
                try await run()
                exit(0)
            } catch {
                fail("microbench: \(error)")
            }
        }
        while true { pause() }
    }

    @concurrent private static func run() async throws {
        var arguments = CommandLine.arguments.dropFirst()
        let verb = arguments.popFirst()
        var era = Era.modern
        var count: Int?
        var warmUp = 500
        var clock: any SchedulingClock = SystemClock.shared
        while let option = arguments.popFirst() {
            switch option {
            case "--era": era = arguments.popFirst().flatMap { Era(rawValue: $0) } ?? era
            case "--count": count = arguments.popFirst().flatMap { Int($0) }
            case "--warm-up": warmUp = arguments.popFirst().flatMap { Int($0) } ?? warmUp
            case "--halted-clock": clock = HaltedClock()
            default: throw MeasuringError("unknown option \(option)")
            }
        }
        let figures: Figures
        switch verb {
        case "client": figures = try await ClientRoundTrip(era: era, clock: clock).measure(warmUp: warmUp, count: count ?? 10_000)
        case "peer": figures = try await PeerRoundTrip(era: era, clock: clock).measure(warmUp: warmUp, count: count ?? 10_000)
        case "json": figures = try JSONSpeed().measure(count: count ?? 200_000)
        case "limiter": figures = try await LimiterSpeed().measure(rounds: count ?? 200)
        case "toolkit": figures = try await ToolkitSpeed().measure(count: count ?? 200_000)
        case "explorer": figures = try await ExplorerSpeed().measure(schedules: count ?? 100_000)
        case "production": figures = try await ProductionSpeed().measure(count: count ?? 200_000)
        default: throw MeasuringError("usage: microbench client|peer|json|toolkit|explorer|limiter|production …")
        }
        figures.print()
    }
}
