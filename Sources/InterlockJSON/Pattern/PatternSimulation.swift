/// The nondeterministic machine, run on all ways at once: the set of places it may be at, moved forward one scalar at a time.
///
/// Each scalar costs at most one visit per instruction, which is what bounds a match to text size times program size.
struct PatternSimulation {
    typealias Neighbour = PatternAssertion.Neighbour

    let program: PatternProgram
    /// The `scalar` instructions reached by the last closure.
    private(set) var waiting: [Int32] = []
    /// How many instructions were visited so far.
    private(set) var steps = 0
    private var stack: [Int32] = []
    private var visited: [UInt32]
    private var round: UInt32 = 0

    init(_ program: PatternProgram) {
        self.program = program
        visited = Array(repeating: 0, count: program.instructions.count)
    }

    /// Follows everything that takes no text from `places`, and fills `waiting`; returns whether a match was reached.
    mutating func close(_ places: [Int32], before: Neighbour, after: Neighbour) -> Bool {
        round += 1
        waiting.removeAll(keepingCapacity: true)
        for place in places {
            stack.append(place)
            while let index = stack.popLast() {
                guard visited[Int(index)] != round else { continue }
                visited[Int(index)] = round
                steps += 1
                let instruction = program.instructions[Int(index)]
                switch instruction.operation {
                case .scalar: waiting.append(index)
                case .jump: stack.append(instruction.next)
                case .split:
                    stack.append(instruction.argument)
                    stack.append(instruction.next)
                case .assertion:
                    // The raw value was taken from an assertion when the program was written.
                    if PatternAssertion(rawValue: UInt8(instruction.argument))!.holds(before: before, after: after) {
                        stack.append(instruction.next)
                    }
                case .match:
                    stack.removeAll(keepingCapacity: true)
                    return true
                }
            }
        }
        return false
    }

    /// The places after taking a scalar that is in the sets `accepts` answers true for.
    mutating func advance(into places: inout [Int32], accepts: (Int) -> Bool) {
        places.removeAll(keepingCapacity: true)
        for index in waiting {
            steps += 1
            let instruction = program.instructions[Int(index)]
            if accepts(Int(instruction.argument)) { places.append(instruction.next) }
        }
    }

    /// Whether a match begins anywhere in a text; nil once more than `budget` instructions were visited.
    mutating func matches(_ text: UnsafeBufferPointer<UInt8>, budget: Int) -> Bool? {
        let sets = program.sets
        var places: [Int32] = [0]
        var before = Neighbour.edge
        var index = 0
        var scalar = UTF8Scalar.decode(text, at: &index)
        while true {
            guard steps <= budget else { return nil }
            let after = neighbour(scalar)
            if close(places, before: before, after: after) { return true }
            guard let current = scalar else { return false }
            advance(into: &places) { sets[$0].contains(current) }
            if !program.isAnchoredAtStart { places.append(0) }
            if places.isEmpty { return false }
            before = after
            scalar = UTF8Scalar.decode(text, at: &index)
        }
    }

    private func neighbour(_ scalar: Unicode.Scalar?) -> Neighbour {
        guard let scalar else { return .edge }
        return program.asksForWords && ScalarSet.word.containsInRanges(scalar.value) ? .word : .other
    }
}

/// Decoding of text that is known to be valid UTF-8.
enum UTF8Scalar {
    /// The scalar at `index`, which moves past it; nil at the end. Bytes that are not UTF-8 come out as U+FFFD, one at a time.
    @inline(__always)
    static func decode(_ text: UnsafeBufferPointer<UInt8>, at index: inout Int) -> Unicode.Scalar? {
        guard index < text.count else { return nil }
        let first = UInt32(text[index])
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard index + length <= text.count else {
            index += 1
            return "\u{FFFD}"
        }
        var value = length == 1 ? first : first & (0x7F >> UInt32(length))
        for offset in 1..<max(length, 1) { value = value << 6 | UInt32(text[index + offset] & 0x3F) }
        index += length
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }
}
