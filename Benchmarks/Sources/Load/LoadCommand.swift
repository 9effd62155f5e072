import Measuring

/// The measuring clients. Each prints one line of JSON.
///
///     load http PORT --era modern|legacy --connections N --calls N --pid PID [--rate N] [--path /mcp] [--tool echo] [--session ID] [--authorization VALUE]
///     load answer PORT --era modern|legacy                 the answer to one call: header fields, an empty line, the body
///     load idle PORT --pid PID --sessions N --streams N    memory per session and stream
///     load stdio --era modern|legacy --calls N -- COMMAND…
///     load start PORT -- COMMAND…                          milliseconds from the start of COMMAND to its first answer on PORT
@main
struct LoadCommand {
    static func main() {
        do {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            switch options.verb {
            case "http": try http(options)
            case "answer": try answer(options)
            case "idle": try idle(options)
            case "stdio": try stdio(options)
            case "start": try start(options)
            default: throw MeasuringError("usage: load http|answer|idle|stdio|start …")
            }
        } catch {
            fail("load: \(error)")
        }
    }

    private static func http(_ options: Options) throws {
        let process = Int32(try options.int("pid"))
        let rate = options["rate"] == nil ? nil : try options.int("rate")
        let load = HTTPLoad(target: try options.target(), connections: try options.int("connections"), rate: rate)
        var before: ProcessUsage?
        let outcome = try load.run(calls: options.int("calls")) { () throws(MeasuringError) in before = try ProcessUsage(of: process) }
        let after = try ProcessUsage(of: process)
        var figures = Figures()
        figures.set("cpuMicroseconds", (after.cpuSeconds - (before?.cpuSeconds ?? 0)) / Double(outcome.calls) * 1e6)
        figures.set("perSecond", Double(outcome.calls) / outcome.seconds)
        figures.set("calls", outcome.calls)
        figures.set("failures", outcome.failures)
        figures.set("residentMiB", Double(after.residentBytes) / 1_048_576)
        figures.set(outcome.latencies)
        figures.print()
    }

    private static func answer(_ options: Options) throws {
        let answer = try options.target().callOnce()
        guard answer.status == 200 else { throw MeasuringError("the call was answered with status \(answer.status): \(String(decoding: answer.body, as: UTF8.self))") }
        let head = String(decoding: answer.head, as: UTF8.self).split(separator: "\r\n").dropFirst()
        print(head.joined(separator: "\n") + "\n\n" + String(decoding: answer.body, as: UTF8.self), terminator: "")
    }

    private static func idle(_ options: Options) throws {
        let load = IdleLoad(target: try options.target(.legacy), process: Int32(try options.int("pid")))
        let outcome = try load.run(sessions: options.int("sessions"), streams: options.int("streams"))
        var figures = Figures()
        figures.set("kibPerSession", outcome.bytesPerSession / 1024)
        figures.set("kibPerStream", outcome.bytesPerStream / 1024)
        figures.print()
    }

    private static func stdio(_ options: Options) throws {
        let era = try options.era()
        let calls = try options.int("calls")
        let server = try ChildServer(options.command)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        if era == .legacy {
            try server.send(Message.initialize + [0x0A])
            _ = try server.receive(into: &buffer)
            try server.send(Message.initialized + [0x0A])
        }
        var call = Message.call(era, id: 0, tool: options["tool"] ?? "echo") + [0x0A]
        var samples = Samples(reservingCapacity: calls)
        func run(_ ids: Range<Int>) throws {
            for id in ids {
                Message.setID(id, in: &call, at: Message.idOffset)
                let began = nanoseconds()
                try server.send(call)
                _ = try server.receive(into: &buffer)
                samples.append(nanoseconds() - began)
            }
        }
        try run(0..<min(1_000, calls))
        samples = Samples(reservingCapacity: calls)
        let before = try ProcessUsage(of: server.process)
        try run(1_000..<(1_000 + calls))
        let after = try ProcessUsage(of: server.process)
        var figures = Figures()
        figures.set("cpuMicroseconds", (after.cpuSeconds - before.cpuSeconds) / Double(calls) * 1e6)
        figures.set(samples)
        figures.print()
    }

    private static func start(_ options: Options) throws {
        let target = try options.target(.modern)
        let began = nanoseconds()
        let server = try ChildServer(options.command)
        let answer = try target.callOnce()
        let ended = nanoseconds()
        guard answer.status == 200 else { throw MeasuringError("the first answer had status \(answer.status)") }
        var figures = Figures()
        figures.set("milliseconds", Double(ended - began) / 1e6)
        figures.set("residentMiB", Double(try ProcessUsage(of: server.process).residentBytes) / 1_048_576)
        figures.print()
    }
}
