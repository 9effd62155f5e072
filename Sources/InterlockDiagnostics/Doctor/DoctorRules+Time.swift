/// Where the time goes: waiting in line, computing, or waiting for somebody else.
extension DoctorRules {
    static func concurrency(_ seen: DoctorObservations.Concurrency, _ all: DoctorObservations, _ diagnosis: inout Diagnosis) {
        let name = seen.operation
        if seen.unanswered > 0 {
            diagnosis.findings.append(DoctorFinding(
                .noAnswer, .fault, "\(seen.unanswered == 1 ? "A call" : "\(seen.unanswered) calls") of \(name) got no answer in time, and no error either.",
                advice: "Give the tool a timeout of its own that ends in an error: a client cannot tell a slow server from a dead one.", evidence: [.init("unanswered", Double(seen.unanswered))], weight: 500))
        }
        guard seen.failedAlone == 0 else {
            return diagnosis.undecided.append("\(name): \(seen.failedAlone) of \(seen.failedAlone + seen.alone.count) calls failed with nobody beside them")
        }
        if let rejected = seen.rejected { return self.rejected(rejected, of: seen, width: seen.width, &diagnosis) }
        guard seen.alone.count >= 3, seen.batches.count >= 3 else {
            if seen.unanswered == 0 { diagnosis.undecided.append("\(name): \(seen.alone.count) calls alone and \(seen.batches.count) batches, 3 of each are needed") }
            return
        }
        let quiet = median(all.quietBeats)
        let measured = CallTimes(seen, quiet: quiet), times = measured.without(seen, quiet: quiet)
        guard measured.alone >= CallTimes.slow else { return quick(seen, measured, quiet, &diagnosis) }
        // What the schema's check takes is said of the schema, and is no reason to move the handler's work elsewhere.
        if let refusals = all.refusals.first(where: { $0.explains(seen, quiet: quiet) }) {
            return diagnosis.sound.append("\(name): \(whole(measured.alone)) ms alone, of which \(whole(refusals.checking(quiet: quiet))) ms are its schema's")
        }
        // Only what stands without the machine's part is said of the server.
        if let code = times.code {
            // Waiting for something behind the server may be waiting for its own disk.
            let isStorage = code == .upstreamBound && (seen.storedPerCall ?? 0) >= 64 * 1024
            diagnosis.findings.append(finding(isStorage ? .ioBound : code, seen, measured))
        } else if let code = measured.code {
            let calls = seen.alone.reduce(0, +)
            let isAlone = seen.aloneContention.total / max(calls, 0.001) > seen.contention.total / max(measured.wall, 0.001)
            let reason = isAlone ? seen.aloneContention.text(of: calls) : seen.contention.text(of: measured.wall)
            let question = switch code {
            case .computesOnLoop, .cpuBound: "\(name) computes too much"
            case .upstreamBound: "\(name) waits for something behind the server"
            default: "calls of \(name) wait for each other"
            }
            diagnosis.disturb(code, "whether \(question): \(reason)")
        } else if measured.ratio < CallTimes.lineRatio(measured.width) {
            diagnosis.sound.append("\(name): \(whole(measured.alone)) ms alone, \(whole(measured.batch)) ms for \(seen.width) at once")
        } else {
            diagnosis.undecided.append(
                "whether calls of \(name) wait for each other: \(seen.width) at once take \(whole(measured.ratio)) times as long as one, but the server is "
                    + "busy all that time")
        }
    }

    /// Calls that are served alone and not all at once: an error is a fault of theirs, a refusal by a server that has no room is a limit that speaks.
    private static func rejected(
        _ rejected: DoctorObservations.Rejected, of seen: DoctorObservations.Concurrency, width: Int, _ diagnosis: inout Diagnosis
    ) {
        let name = seen.operation, said = rejected.reason.isEmpty ? "" : " (\(rejected.reason.prefix(200)))"
        if rejected.failed >= 3 {
            diagnosis.findings.append(DoctorFinding(
                .failsAtOnce, .warning, "\(rejected.failed) of \(rejected.calls) calls of \(name) failed when \(width) were made at once, and none that was made "
                    + "alone\(said).",
                advice: "Look for what its calls share and take from each other; where it is a limit, let callers wait, or refuse with a time to come back.",
                evidence: [.init("failed at once", Double(rejected.failed)), .init("made at once", Double(rejected.calls)), .init("alone", Double(seen.alone.count))],
                weight: Double(rejected.failed)))
        } else if rejected.failed > 0 {
            diagnosis.undecided.append(
                "whether calls of \(name) fail at once: \(rejected.failed) of \(rejected.calls) did\(said), 3 are needed to tell that from chance")
        } else {
            diagnosis.sound.append("\(name): of \(rejected.calls) calls, \(width) at once, \(rejected.refused) were refused by a server that says so\(said)")
        }
    }

    /// Calls that are quick alone: whether many at once take as long as one after the other, while nobody computes.
    ///
    /// Where the time of the server or of this program is not known, many that take so long may as well have been computing: that is said, and nothing more.
    private static func quick(_ seen: DoctorObservations.Concurrency, _ alone: CallTimes, _ quiet: Double, _ diagnosis: inout Diagnosis) {
        let name = seen.operation
        guard let wide = seen.wide, wide.batches.count >= 3 else {
            diagnosis.sound.append("\(name): \(whole(alone.alone)) ms alone, \(whole(alone.batch)) ms for \(seen.width) at once")
            return
        }
        if let rejected = wide.rejected { return self.rejected(rejected, of: seen, width: wide.width, &diagnosis) }
        let batch = median(wide.batches), wall = wide.batches.reduce(0, +)
        let times = "\(name): \(whole(alone.alone)) ms alone, \(whole(batch)) ms for \(wide.width) at once"
        guard batch >= 0.6 * Double(wide.width) * max(alone.alone, 0.001) else { return diagnosis.sound.append(times) }
        guard let cpu = wide.cpu, let own = wide.ownCPU else {
            diagnosis.undecided.append("whether calls of \(name) wait for each other: \(times), and it is not known whether the server computes meanwhile")
            return
        }
        let idle = wall - cpu - own
        // Somebody computes most of that time, a little for each call: they take turns on the processors, and wait for nobody.
        guard idle >= 0.4 * wall else { return diagnosis.sound.append(times + ", computing") }
        // Of less than this the way there and back is most.
        guard alone.alone >= 2 else { return diagnosis.undecided.append("whether calls of \(name) wait for each other: \(times), too quick to tell from the way there") }
        guard idle - wide.contention.total >= 0.4 * wall else {
            return diagnosis.disturb(.serialised, "whether calls of \(name) wait for each other: \(wide.contention.text(of: wall))")
        }
        var many = seen
        (many.width, many.batches, many.cpu, many.contention, many.beats) = (wide.width, wide.batches, wide.cpu, wide.contention, wide.beats)
        many.stored = nil
        let holdsLoop = wide.beats.count >= 3 && high(wide.beats) - quiet >= max(20, 0.5 * batch)
        diagnosis.findings.append(finding(holdsLoop ? .blocksLoop : .serialised, many, CallTimes(many, quiet: quiet)))
    }

    /// A code with its sentence, what to do and the evidence, in figures as they were measured.
    private static func finding(_ code: DoctorFinding.Code, _ seen: DoctorObservations.Concurrency, _ times: CallTimes) -> DoctorFinding {
        let name = seen.operation, meanwhile = high(seen.beats)
        var evidence: [DoctorFinding.Figure] = [
            .init("one call", times.alone, "ms"), .init("\(seen.width) at once", times.batch, "ms"), .init("trivial request meanwhile", meanwhile, "ms"),
        ]
        if let stored = seen.storedPerCall, stored > 0 { evidence.append(.init("storage of a call", stored, "bytes")) }
        if let perCall = times.perCall { evidence.append(.init("processor time of a call", perCall, "ms")) }
        if let thread = seen.busiestThread { evidence.append(.init("busiest thread (\(thread.name))", thread.share * 100, "%")) }
        if seen.contention.total >= times.wall / 20 {
            evidence.append(.init("kept from it by the machine", min(100, seen.contention.total / max(times.wall, 0.001) * 100), "%"))
        }
        let atOnce = "one takes \(whole(times.alone)) ms, \(seen.width) at once take \(whole(times.batch)) ms"
        let computing = "\(whole(times.perCall ?? 0)) ms"
        let (severity, sentence, advice): (DoctorFinding.Severity, String, String) = switch code {
        case .computesOnLoop:
            (.fault, "\(name) computes for \(computing) on the thread that serves everybody: \(seen.width) at once take \(whole(times.batch)) ms, and a "
                + "trivial request waits \(whole(meanwhile)) ms meanwhile.",
             "Move the computing to worker threads or processes, one fewer than processors.")
        case .cpuBound:
            (.warning, "\(name) spends its time computing: \(computing) of processor for each call.",
             "Compute less for each call, keep results, or add processors; and limit how many run at once to the processors there are.")
        case .blocksLoop:
            (.fault, "\(name) holds the thread that serves everybody while it waits: \(seen.width) at once take \(whole(times.batch)) ms, and a trivial "
                + "request waits \(whole(meanwhile)) ms meanwhile.",
             "Replace the blocking call by an asynchronous one, or make it on a worker thread.")
        case .paced:
            (.warning, "Calls of \(name) are let through at a pace: \(atOnce), longer than one after the other, and the processor is idle.",
             "Find the quota or rate limit, here or in what the tool asks; keep results, ask once for callers who want the same, and refuse early with a "
                + "time to come back instead of letting them wait.")
        case .ioBound:
            (.warning, "\(name) takes \(whole(times.alone)) ms, nearly all of it waiting, and moves \(DoctorFinding.Figure.bytes(seen.storedPerCall ?? 0)) between "
                + "memory and storage for each call; calls do not hold each other up.",
             "Read and write less for each call, keep what was read, and collect what must reach the disk into fewer writes.")
        case .upstreamBound:
            (.warning, "\(name) takes \(whole(times.alone)) ms, nearly all of it waiting for something else; calls do not hold each other up.",
             "Look behind the server: keep results, give what it asks a timeout and a limit, and ask in parallel what does not depend on each other.")
        default:
            (.fault, "Calls of \(name) wait for each other: \(atOnce), and the processor is idle.",
             "Look for a lock, a single connection or a queue of one around the tool; lock the record that is changed, not the tool.")
        }
        return DoctorFinding(code, severity, sentence, advice: advice, evidence: evidence, weight: times.batch)
    }

    static func stalls(_ all: DoctorObservations, _ diagnosis: inout Diagnosis) {
        guard let beats = all.beats else { return }
        guard beats.count >= 20, beats.calls >= 20 else {
            diagnosis.undecided.append("whether the server stalls: \(beats.count) trivial requests beside \(beats.calls) calls, 20 of each are needed")
            return
        }
        // What this program or the machine caused is not the server's fault.
        let own = beats.late.filter(\.isServers)
        guard own.count >= 3 else {
            if beats.late.count >= 3 {
                let typical = beats.late.sorted { $0.rest < $1.rest }[beats.late.count / 2]
                diagnosis.disturb(
                    .stalls, "whether the server stalls: \(typical.contention.text(of: typical.latency)), and \(beats.late.count) of \(beats.count) answers were late")
            } else if own.isEmpty {
                diagnosis.sound.append("stalls: none in \(beats.calls) calls")
            } else {
                diagnosis.undecided.append("whether the server stalls: \(own.count) of \(beats.count) trivial requests took 100 ms or more, 3 are needed to call it a habit")
            }
            return
        }
        let length = median(own.map(\.rest)), cpu = own.compactMap { late in late.cpuShare.map { $0 * late.latency / max(late.rest, 0.001) } }
        // An answer passes some three times as many threads as a tick of the own timer does, and each may wait for a processor: what is late as often,
        // and no more than three times as much, is the machine.
        let often = 1 - Double(own.count) / Double(beats.count)
        let lateness = (beats.ownLateness.quantile(often) ?? .zero).inMilliseconds
        guard length > 3 * lateness else {
            diagnosis.disturb(
                .stalls, "whether the server stalls: the machine is busy (\(own.count) of \(beats.count) answers took about \(whole(length)) ms, and as often this "
                    + "program's own timer was late by \(whole(lateness)) ms)")
            return
        }
        let does = cpu.isEmpty ? "" : median(cpu) >= 0.5 ? ", computing" : ", waiting"
        let each = Double(beats.calls) / Double(own.count)
        var evidence: [DoctorFinding.Figure] = [
            .init("stalls", Double(own.count)), .init("length", length, "ms"), .init("longest", own.map(\.latency).max() ?? 0, "ms"),
            .init("calls", Double(beats.calls)), .init("usual answer", beats.median, "ms"),
        ]
        if !cpu.isEmpty { evidence.append(.init("computing in stalls", min(100, median(cpu) * 100), "%")) }
        let machine = median(own.map { $0.latency - $0.rest })
        if machine >= 10 { evidence.append(.init("besides, by the machine", machine, "ms")) }
        if beats.ownLateness.count > 0 { evidence.append(.init("own timer late, as often", lateness, "ms")) }
        diagnosis.findings.append(DoctorFinding(
            .stalls, .fault, "The server stops for everybody for about \(whole(length)) ms\(does), once in some \(whole(each)) calls.",
            advice: median(cpu) >= 0.5 && !cpu.isEmpty
                ? "Something computes on the thread that serves everybody, now and then: a profile of the stalls names it; a collector's pauses look the same."
                : "Something blocks the thread that serves everybody, now and then: look for a synchronous file, database or network call, or a sleep, on a rare path.",
            evidence: evidence, weight: length * Double(own.count)))
    }
}
