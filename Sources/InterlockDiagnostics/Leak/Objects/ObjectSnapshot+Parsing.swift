extension ObjectSnapshot {
    /// The first line of an answer, with the version of its form.
    static let greeting = "interlock-census 1"

    /// Reads the answer of one process's census, as `Sources/CObjectCensus/include/CObjectCensus.h` describes it.
    ///
    /// The same name may come in several lines, which are added up. Lines of a kind that is not known are passed over: a newer library may have
    /// more to tell.
    ///
    /// - Throws: ``ObjectCensusError/Code-swift.enum/unreadable`` for another version, a line that is not as it should be, and an answer that breaks off.
    init(parsing answer: String) throws(ObjectCensusError) {
        self.init()
        let lines = answer.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first == Self.greeting[...] else {
            throw ObjectCensusError(
                .unreadable,
                "the census begins its answer with '\(lines.first?.prefix(40) ?? "")' where '\(Self.greeting)' is expected: library and command must be "
                    + "of one version")
        }
        var hasEnded = false
        for (number, line) in lines.enumerated().dropFirst() where !hasEnded {
            if line == "end" {
                hasEnded = true
            } else if !(try take(line)) {
                throw ObjectCensusError(.unreadable, "line \(number + 1) of the census's answer is not as it should be: '\(line.prefix(80))'")
            }
        }
        guard hasEnded else { throw ObjectCensusError(.unreadable, "the census's answer breaks off after \(lines.count) lines: the process may have ended") }
    }

    private mutating func take(_ line: Substring) throws(ObjectCensusError) -> Bool {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        func tally() -> Tally? {
            guard words.count > 2, let count = Int(words[1]), let bytes = Int(words[2]), count >= 0, bytes >= 0 else { return nil }
            return Tally(count: count, bytes: bytes)
        }
        switch words.first {
        case "process":
            guard words.count == 2, let process = Int32(words[1]) else { return false }
            processes.append(process)
        case "own":
            guard words.count == 2, let bytes = Int(words[1]) else { return false }
            ownBytes += bytes
        case "lost":
            guard let tally = tally() else { return false }
            lost += tally
        case "swift":
            guard let tally = tally(), words.count == 4, !words[3].isEmpty else { return false }
            tallies[.swift(String(words[3])), default: Tally()] += tally
        case "other":
            guard let tally = tally(), words.count == 4, let most = Int(words[3]), most > 0 else { return false }
            tallies[.other(upTo: most), default: Tally()] += tally
        default: return !line.isEmpty
        }
        return true
    }
}
