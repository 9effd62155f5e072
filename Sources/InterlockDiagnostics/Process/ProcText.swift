/// Reads the text files of Linux's `/proc`. Pure: each function takes what the file contains.
package enum ProcText {
    /// `VmRSS:      1234 kB` and the like, in the unit of the file.
    package static func number(_ name: String, in text: Substring) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix(name) && line.dropFirst(name.count).first == ":" {
            return line.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
        }
        return nil
    }

    /// Name and state of a thread or process, and its processor time in clock ticks, from its `stat`.
    ///
    /// The name stands in parentheses and may contain any character, parentheses too: the last one ends it.
    package static func stat(_ text: String) -> (name: String, ticks: Int)? {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        // The first field here is the third of the manual; user and system time are its 14th and 15th.
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return nil }
        return (String(text[text.index(after: open)..<close]), user + system)
    }

    /// What the `stat` of a whole process says, in clock ticks: the processor time of all its threads, those that have ended too; that of all its children
    /// that ended and were waited for, with their children; and when it began.
    package static func process(_ text: String) -> (own: Int, children: Int, began: Int)? {
        guard let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        // The first field here is the third of the manual; these are its 14th to 17th, and its 22nd.
        guard fields.count > 19, let began = Int(fields[19]) else { return nil }
        let times = fields[11...14].compactMap { Int($0) }
        return times.count == 4 ? (times[0] + times[1], times[2] + times[3], began) : nil
    }

    /// The process that started this one, from its `stat`.
    package static func parent(_ text: String) -> Int32? {
        guard let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }

    /// Time on a processor and time waited for one, both in nanoseconds, from `schedstat`.
    package static func schedstat(_ text: String) -> (running: Int64, waiting: Int64)? {
        let fields = text.split(whereSeparator: \.isWhitespace)
        guard fields.count >= 2, let running = Int64(fields[0]), let waiting = Int64(fields[1]) else { return nil }
        return (running, waiting)
    }

    /// Time the hypervisor gave to other machines, in clock ticks over all processors, from `/proc/stat`; kernels without that figure give `nil`.
    package static func stolenTicks(_ text: String) -> Int? {
        guard let line = text.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
        let fields = line.split(separator: " ")
        return fields.count > 8 ? Int(fields[8]) : nil
    }

    /// Time in which some thread waited for a processor, in microseconds, from `/proc/pressure/cpu`.
    package static func pressure(_ text: String) -> Int? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("some ") }), let total = line.firstRange(of: "total=") else { return nil }
        return Int(line[total.upperBound...].prefix { $0.isNumber })
    }

    /// The inodes of sockets that listen on `port`, from `/proc/net/tcp` or `tcp6`.
    package static func listeningInodes(_ text: String, port: Int) -> [String] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count > 9, fields[3] == "0A", let place = fields[1].split(separator: ":").last, Int(place, radix: 16) == port else { return nil }
            return String(fields[9])
        }
    }

    /// The value of one variable, from `environ`.
    package static func value(of name: String, inEnvironment text: String) -> String? {
        text.split(separator: "\0").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
