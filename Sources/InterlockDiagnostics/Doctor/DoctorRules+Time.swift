/// Where the time goes: waiting in line, computing, or waiting for somebody else.
extension DoctorRules {
    static func concurrency(_ seen: DoctorObservations.Concurrency, _ all: DoctorObservations, _ diagnosis: inout Diagnosis) {
        let name = seen.operation
        if seen.unanswered > 0 {
            diagnosis.findings.append(DoctorFinding(
                .noAnswer, .fault, "\(seen.unanswered == 1 ? "A call" : "\(seen.unanswered) calls") of \(name) got no answer in time, and no error either.",
                advice: "Give the tool a timeout of its own that ends in an error: a client cannot tell a slow server from a dead one.", evidence: [.init("unanswered", Double(seen.unanswered))], weight: 500))
        }
        guard seen.alone.count >= 3, seen.batches.count >= 3 else {
            if seen.unanswered == 0 { diagnosis.undecided.append("\(name): \(seen.alone.count) calls alone and \(seen.batches.count) batches, 3 of each are needed") }
            return
        }
        let alone = median(seen.alone), batch = median(seen.batches), width = Double(seen.width)
        let wall = seen.batches.reduce(0, +)
        let ratio = batch / max(alone, 0.001)
        let perCall = seen.cpu.map { $0 / (width * Double(seen.batches.count)) }
        /// What is neither computing nor waiting for a processor.
        let idleShare = seen.cpu.map { max(0, 1 - ($0 + (seen.runQueue ?? 0)) / max(wall, 0.001)) }
        let delay = high(seen.beats) - median(all.quietBeats)
        // Behind a thread that is held, others wait for one whole call at least; less than that is a busy machine.
        let isDelayed = seen.beats.count >= 3 && delay >= max(10, 0.9 * alone)
        var evidence: [DoctorFinding.Figure] = [
            .init("one call", alone, "ms"), .init("\(seen.width) at once", batch, "ms"), .init("trivial request meanwhile", high(seen.beats), "ms"),
        ]
        if let perCall { evidence.append(.init("processor time of a call", perCall, "ms")) }
        if let thread = seen.busiestThread { evidence.append(.init("busiest thread (\(thread.name))", thread.share * 100, "%")) }
        func found(_ code: DoctorFinding.Code, _ severity: DoctorFinding.Severity, _ sentence: String, _ advice: String) {
            diagnosis.findings.append(DoctorFinding(code, severity, sentence, advice: advice, evidence: evidence, weight: batch))
        }
        guard alone >= 10 else {
            diagnosis.sound.append("\(name): \(whole(alone)) ms alone, \(whole(batch)) ms for \(seen.width) at once")
            return
        }
        // Of the time it was not kept waiting for a processor, at least half was spent computing.
        let computes = seen.cpu.map { ($0 / (width * Double(seen.batches.count))) >= 10 && $0 >= (wall - (seen.runQueue ?? 0)) / 2 }
        switch (ratio >= 0.6 * width, computes) {
        case (_, true?) where isDelayed:
            found(.computesOnLoop, .fault, "\(name) computes for \(whole(perCall ?? 0)) ms on the thread that serves everybody: \(seen.width) at once take \(whole(batch)) ms, and a trivial request waits \(whole(high(seen.beats))) ms meanwhile.",
                  "Move the computing to worker threads or processes, one fewer than processors.")
        case (_, true?):
            found(.cpuBound, .warning, "\(name) spends its time computing: \(whole(perCall ?? 0)) ms of processor for each call.",
                  "Compute less for each call, keep results, or add processors; and limit how many run at once to the processors there are.")
        case (true, _) where isDelayed && (idleShare ?? 1) >= 0.4:
            found(.blocksLoop, .fault, "\(name) holds the thread that serves everybody while it waits: \(seen.width) at once take \(whole(batch)) ms, and a trivial request waits \(whole(high(seen.beats))) ms meanwhile.",
                  "Replace the blocking call by an asynchronous one, or make it on a worker thread.")
        case (true, _) where (idleShare ?? 1) >= 0.4 && ratio >= 2 * width:
            // A lock makes them as slow as one after the other; nothing makes them slower than that but somebody who counts.
            found(.paced, .warning,
                  "Calls of \(name) are let through at a pace: one takes \(whole(alone)) ms, \(seen.width) at once take \(whole(batch)) ms, "
                    + "longer than one after the other, and the processor is idle.",
                  "Find the quota or rate limit, here or in what the tool asks; keep results, ask once for callers who want the same, "
                    + "and refuse early with a time to come back instead of letting them wait.")
        case (true, _) where (idleShare ?? 1) >= 0.4:
            found(.serialised, .fault, "Calls of \(name) wait for each other: one takes \(whole(alone)) ms, \(seen.width) at once take \(whole(batch)) ms, and the processor is idle.",
                  "Look for a lock, a single connection or a queue of one around the tool; lock the record that is changed, not the tool.")
        case (false, _) where ratio < 0.4 * width && alone >= 150 && (perCall ?? 0) < 0.2 * alone:
            found(.upstreamBound, .warning, "\(name) takes \(whole(alone)) ms, nearly all of it waiting for something else; calls do not hold each other up.",
                  "Look behind the server: keep results, give what it asks a timeout and a limit, and ask in parallel what does not depend on each other.")
        case (false, _):
            diagnosis.sound.append("\(name): \(whole(alone)) ms alone, \(whole(batch)) ms for \(seen.width) at once")
        default:
            diagnosis.undecided.append("whether calls of \(name) wait for each other: \(seen.width) at once take \(whole(ratio)) times as long as one, but the server is busy all that time")
        }
    }

    static func stalls(_ all: DoctorObservations, _ diagnosis: inout Diagnosis) {
        guard let beats = all.beats else { return }
        guard beats.count >= 20, beats.calls >= 20 else {
            diagnosis.undecided.append("whether the server stalls: \(beats.count) trivial requests beside \(beats.calls) calls, 20 of each are needed")
            return
        }
        // What this program or the machine caused is not the server's fault.
        let own = beats.late.filter { $0.ownDelay < $0.latency / 2 && ($0.runQueueShare ?? 0) < 0.5 }
        guard own.count >= 3 else {
            if beats.late.count >= 3 {
                let delay = median(beats.late.map(\.ownDelay))
                diagnosis.undecided.append(
                    "whether the server stalls: this machine is busy: \(beats.late.count) of \(beats.count) answers were late, and meanwhile "
                        + (delay >= 10 ? "this program's own timer too, by \(whole(delay)) ms" : "the server's threads waited for a processor"))
            } else if own.isEmpty {
                diagnosis.sound.append("stalls: none in \(beats.calls) calls")
            } else {
                diagnosis.undecided.append("whether the server stalls: \(own.count) of \(beats.count) trivial requests took 100 ms or more, 3 are needed to call it a habit")
            }
            return
        }
        let length = median(own.map(\.latency)), cpu = own.compactMap(\.cpuShare)
        // An answer passes some three times as many threads as a tick of the own timer does, and each may wait for a processor: what is late as often,
        // and no more than three times as much, is the machine.
        let often = 1 - Double(own.count) / Double(beats.count)
        let lateness = (beats.ownLateness.quantile(often) ?? .zero).inMilliseconds
        guard length > 3 * lateness else {
            diagnosis.undecided.append(
                "whether the server stalls: this machine is busy: \(own.count) of \(beats.count) answers took about \(whole(length)) ms, and as often this "
                    + "program's own timer was late by \(whole(lateness)) ms")
            return
        }
        let does = cpu.isEmpty ? "" : median(cpu) >= 0.5 ? ", computing" : ", waiting"
        let each = Double(beats.calls) / Double(own.count)
        var evidence: [DoctorFinding.Figure] = [
            .init("stalls", Double(own.count)), .init("length", length, "ms"), .init("longest", own.map(\.latency).max() ?? 0, "ms"),
            .init("calls", Double(beats.calls)), .init("usual answer", beats.median, "ms"),
        ]
        if !cpu.isEmpty { evidence.append(.init("computing in stalls", median(cpu) * 100, "%")) }
        if beats.ownLateness.count > 0 { evidence.append(.init("own timer late, as often", lateness, "ms")) }
        diagnosis.findings.append(DoctorFinding(
            .stalls, .fault, "The server stops for everybody for about \(whole(length)) ms\(does), once in some \(whole(each)) calls.",
            advice: median(cpu) >= 0.5 && !cpu.isEmpty
                ? "Something computes on the thread that serves everybody, now and then: a profile of the stalls names it; a collector's pauses look the same."
                : "Something blocks the thread that serves everybody, now and then: look for a synchronous file, database or network call, or a sleep, on a rare path.",
            evidence: evidence, weight: length * Double(own.count)))
    }
}
