import InterlockClient
import InterlockConcurrency
import InterlockProtocol

extension DoctorRun {
    /// How many calls at once are tried of an operation that takes so long alone, in milliseconds: as many as go one after the other in four fifths of the
    /// time there is for an answer. Behind a server that works them off one by one more would get none, and be called unanswered. `nil` where fewer than
    /// three are left, of which nothing can be told.
    static func width(_ width: Int, alone: Double, timeout: Duration) -> Int? {
        let most = 0.8 * timeout.inMilliseconds / max(alone, 0.001)
        if Double(width) <= most { return width }
        return most < 3 ? nil : Int(most)
    }

    /// One operation alone, then in batches of ``Limits/width`` or fewer, with trivial requests beside them.
    func concurrency(
        _ operation: ProbeOperation, _ client: Client, _ beat: Beat, _ reader: (any ProcessReading)?, _ seen: inout DoctorObservations
    ) async throws {
        progress("\(operation): alone and \(limits.width) at once")
        let load = CycleLoad(server: server, client: client, clock: clock)
        let begin = clock.now
        var alone: [Double] = []
        var unanswered = 0, failed = 0
        var before: Reading?
        for number in 0..<8 where clock.now - begin < limits.duration / 10 || alone.count < 3 {
            guard unanswered == 0 else { break }
            // The first call is a warm-up.
            if number == 1 { before = Reading(reader, server) }
            let start = clock.now
            let done = try await load.accepted(operation, count: 1, workers: 1)
            let took = clock.now - start
            if took >= server.timeout {
                unanswered += 1
            } else if done.failed > 0 {
                failed += 1
            } else if number > 0 {
                alone.append(took.inMilliseconds)
            }
        }
        let (useAlone, aloneContention, _) = before?.until(Reading(reader, server)) ?? (nil, Contention(), nil)
        let usual = DoctorRules.median(alone)
        guard let width = unanswered > 0 ? limits.width : Self.width(limits.width, alone: usual, timeout: server.timeout) else {
            return seen.omit(
                .calls, "whether calls of \(operation) wait for each other: one takes \(DoctorRules.whole(usual / 1_000)) s, and of several at once some could "
                    + "go unanswered within the time limit of \(DoctorRules.whole(server.timeout.inSeconds)) s only because they take turns; give a longer --timeout")
        }
        let few = try await batches(of: width, within: limits.duration / 20, load, operation, beat, reader, isSkipped: unanswered > 0)
        unanswered += few.unanswered
        var one = DoctorObservations.Concurrency(
            operation: "\(operation)", alone: alone, width: width, batches: few.times, cpu: few.use?.cpu, aloneCPU: useAlone?.cpu,
            contention: few.contention, aloneContention: aloneContention, busiestThread: few.use?.busiest, beats: few.beats, unanswered: unanswered)
        (one.stored, one.failedAlone, one.rejected) = (few.use?.stored, failed, few.rejected(width))
        // However the rest ends, this was seen.
        defer { seen.concurrency.append(one) }
        guard unanswered == 0, one.failedAlone == 0, one.rejected == nil, alone.count >= 3, usual < CallTimes.slow else { return }
        // A few at once of so quick a call take no longer than the noise: many at once do.
        let wide = usual < CallTimes.slow / 3 ? 64 : 32
        let many = try await batches(of: wide, within: limits.duration / 20, load, operation, beat, reader)
        one.unanswered += many.unanswered
        one.wide = .init(width: wide, batches: many.times, cpu: many.use?.cpu, ownCPU: many.own, contention: many.contention, beats: many.beats)
        one.wide?.rejected = many.rejected(wide)
    }

    /// What batches took, what the server and this program did meanwhile, and what trivial requests took beside them.
    private struct Batches {
        var times: [Double] = []
        var beats: [Double] = []
        var unanswered = 0
        var use: ProcessUse?
        var contention = Contention()
        var own: Double?
        /// What became of the calls.
        var done = CycleLoad.Done()

        /// What was not served, of so many at once.
        func rejected(_ width: Int) -> DoctorObservations.Rejected? {
            guard done.failed + done.refused > 0 else { return nil }
            return .init(failed: done.failed, refused: done.refused, of: done.cycles + done.refused, reason: done.reason ?? "")
        }
    }

    /// What one of the two that run in a batch brings.
    private enum Part {
        case calls(CycleLoad.Done)
        case beats([Double])
    }

    /// So many calls at once, three times, or up to eight while there is time.
    private func batches(
        of width: Int, within time: Duration, _ load: CycleLoad, _ operation: ProbeOperation, _ beat: Beat, _ reader: (any ProcessReading)?,
        isSkipped: Bool = false
    ) async throws -> Batches {
        var seen = Batches()
        let before = Reading(reader, server)
        let begin = clock.now
        while !isSkipped, seen.unanswered == 0, seen.times.count < 3 || (seen.times.count < 8 && clock.now - begin < time) {
            let (wall, done, latencies) = try await withThrowingTaskGroup(of: Part.self) { group in
                let start = clock.now
                group.addTask { .calls(try await load.run(operation, count: width, workers: width, until: .distantFuture)) }
                group.addTask { .beats(try await beat.untilCancelled()) }
                var wall = 0.0
                var brought = CycleLoad.Done()
                var latencies: [Double] = []
                for try await part in group {
                    switch part {
                    case .beats(let all): latencies = all
                    case .calls(let done):
                        (wall, brought) = ((clock.now - start).inMilliseconds, done)
                        group.cancelAll()
                    }
                }
                return (wall, brought, latencies)
            }
            if wall >= server.timeout.inMilliseconds {
                seen.unanswered += 1
            } else {
                seen.times.append(wall)
                seen.done = seen.done + done
            }
            seen.beats += latencies
        }
        (seen.use, seen.contention, seen.own) = before.until(Reading(reader, server))
        return seen
    }

    /// Quick calls from four workers, and a trivial request every ten milliseconds: which of those are late, and why.
    ///
    /// Runs longer when it has seen a stall or two, to see whether it is a habit, and when there were too few answers to tell. How late this program is
    /// itself is measured all the while, because an answer that it is late to read looks like one that was late.
    func stalls(
        _ quick: [ProbeOperation], _ client: Client, _ beat: Beat, _ reader: (any ProcessReading)?, _ seen: inout DoctorObservations
    ) async throws {
        progress("looking for stalls")
        let load = CycleLoad(server: server, client: client, clock: clock)
        let begin = clock.now
        let end = begin + limits.duration / 5, latest = begin + limits.duration / 5 * 2
        let stop = StopFlag()
        let ticker = OwnTicker(clock: clock)
        let (calls, latencies, late) = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    var calls = 0, turn = 0
                    while !stop.isSet {
                        let done = try await load.run(quick[(worker + turn) % quick.count], count: 1, workers: 1, until: .distantFuture)
                        (calls, turn) = (calls + done.cycles - done.failed, turn + 1)
                    }
                    return calls
                }
            }
            group.addTask {
                await ticker.run(until: stop)
                return 0
            }
            var latencies: [Double] = []
            var late: [DoctorObservations.Beats.Late] = []
            var before = Reading(reader, server)
            while clock.now < end || (clock.now < latest && ((1...2).contains(late.count) || latencies.count < 20)) {
                try await clock.sleep(for: .milliseconds(10))
                let asked = clock.now
                guard let latency = try await beat.once() else { continue }
                let ownDelay = ticker.longest(since: asked)
                latencies.append(latency)
                if latency >= 100 {
                    var (use, contention, _) = before.until(Reading(reader, server))
                    contention.own = ownDelay
                    late.append(.init(latency: latency, cpuShare: use?.cpuShare, contention: contention))
                }
                if latency >= 100 || latencies.count.isMultiple(of: 5) { before = Reading(reader, server) }
            }
            stop.set()
            return (try await group.reduce(0, +), latencies, late)
        }
        seen.beats = .init(
            count: latencies.count, median: DoctorRules.median(latencies), late: late, calls: calls, duration: (clock.now - begin).inMilliseconds,
            ownLateness: ticker.ticks)
    }

    /// The server's process and the machine at one moment, as far as they may be read.
    struct Reading {
        let process: ProcessSample?
        let machine: MachineSample?

        init(_ reader: (any ProcessReading)?, _ server: DiagnosedServer) {
            process = reader?.sample()
            machine = server.machine()
        }

        /// What happened until another reading; the last is the processor time of this program, in milliseconds.
        func until(_ later: Reading) -> (use: ProcessUse?, contention: Contention, own: Double?) {
            let use = process.flatMap { before in later.process.map { ProcessUse(before, $0) } }
            let own = machine?.ownNanoseconds.flatMap { before in later.machine?.ownNanoseconds.map { Double(max(0, $0 - before)) / 1e6 } }
            return (use, Contention(use, machine, later.machine), own)
        }
    }
}
