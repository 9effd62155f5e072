/// Reads `perf script -F comm,pid,tid,time,ip,sym,dso` line by line. Pure; a line that is none of its kind is counted and passed over.
///
/// ```
/// workers-0 22760/22781 41688.112504:
///         11b9c [unknown] (/usr/lib/x86_64-linux-gnu/libcrypt.so.1.1.0)
/// ```
public struct PerfScriptParser: Sendable {
    private var open: PerfSample?
    /// Frames by what stands behind the address: a profile has few of them, very often.
    private var known: [Substring: StackFrame] = [:]
    private static let maximumKnown = 100_000
    /// Lines that were no header, no frame and no record of perf's.
    public private(set) var skipped = 0

    /// Begins before the first line.
    public init() {}

    /// Takes the next line, without its end; returns what it completes and what it is.
    public mutating func line(_ line: Substring) -> [PerfEvent] {
        if line.isEmpty { return end() }
        if line.first == "\t" || line.hasPrefix("        ") {
            if let frame = frame(line) { open?.frames.append(frame) } else { skipped += 1 }
            return []
        }
        let complete = end()
        guard let (head, rest) = Self.head(line) else {
            skipped += line.first == "#" ? 0 : 1
            return complete
        }
        if rest.hasPrefix("PERF_RECORD_SWITCH IN") { return complete + [.switchedIn(thread: head.thread, time: head.time)] }
        if rest.hasPrefix("PERF_RECORD_SWITCH OUT") { return complete + [.switchedOut(thread: head.thread, preempted: rest.contains("preempt"))] }
        if rest.hasPrefix("PERF_RECORD_LOST") { return complete + [.lost(rest.split(separator: " ").last.flatMap { Int($0) } ?? 1)] }
        if !rest.hasPrefix("PERF_RECORD_") { open = head }
        return complete
    }

    /// The sample that no empty line has ended yet.
    public mutating func end() -> [PerfEvent] {
        guard var sample = open else { return [] }
        open = nil
        sample.frames.reverse()
        return [.sample(sample)]
    }

    /// `name pid/tid seconds.micros: rest`. The name may have spaces, so the numbers are looked for.
    private static func head(_ line: Substring) -> (PerfSample, rest: Substring)? {
        let words = line.split(separator: " ")
        guard words.count >= 3 else { return nil }
        for index in 1..<words.count - 1 {
            let ids = words[index].split(separator: "/", omittingEmptySubsequences: false)
            guard ids.count == 2, let process = Int32(ids[0]), let thread = Int32(ids[1]), words[index + 1].last == ":",
                let time = nanoseconds(words[index + 1].dropLast())
            else { continue }
            let name = words[..<index].joined(separator: " ")
            let rest = line[words[index + 1].endIndex...].drop { $0 == " " }
            return (PerfSample(name: name, process: process, thread: thread, time: time, frames: []), rest)
        }
        return nil
    }

    private static func nanoseconds(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...9).contains(parts[1].count), let seconds = Int64(parts[0]), seconds >= 0, seconds < 1 << 32,
            let fraction = Int64(parts[1]), fraction >= 0
        else { return nil }
        return seconds * 1_000_000_000 + (0..<(9 - parts[1].count)).reduce(fraction) { value, _ in value * 10 }
    }

    /// `address symbol (file)`, where the symbol may have spaces and parentheses, and the file's name too.
    private mutating func frame(_ line: Substring) -> StackFrame? {
        let text = line.drop { $0 == " " || $0 == "\t" }
        guard let space = text.firstIndex(of: " "), text[..<space].allSatisfy(\.isHexDigit), text.last == ")" else { return nil }
        let rest = text[text.index(after: space)...]
        if let frame = known[rest] { return frame }
        var body = rest.dropLast()
        let deleted = body.hasSuffix(" (deleted)")
        if deleted { body = body.dropLast(" (deleted)".count) }
        // A file is a path or stands in brackets; its own name may have parentheses.
        let start = body.ranges(of: " (/").last ?? body.ranges(of: " ([").last
        guard let open = start.map({ body.index(after: $0.lowerBound) }) ?? body.lastIndex(of: "(") else { return nil }
        let symbol = body[..<open]
        let frame = FoldedStacks.writable(
            FrameNaming.frame(symbol: String(symbol.last == " " ? symbol.dropLast() : symbol), file: String(body[body.index(after: open)...])))
        if known.count < Self.maximumKnown { known[rest] = frame }
        return frame
    }
}
