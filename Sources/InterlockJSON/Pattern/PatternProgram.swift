/// A pattern as a flat program for a nondeterministic machine (Thompson's construction).
struct PatternProgram: Sendable {
    /// One step of the machine. Instructions that take no text are followed at once, all ways at a time.
    struct Instruction: Sendable {
        enum Operation: UInt8, Sendable {
            /// Takes one scalar of the set `argument`, then goes on at `next`.
            case scalar
            /// Goes on at `next` and at `argument`.
            case split
            /// Goes on at `next`.
            case jump
            /// Goes on at `next` if the assertion with the raw value `argument` holds.
            case assertion
            /// The text matches.
            case match
        }
        var operation: Operation
        var argument: Int32 = 0
        var next: Int32 = 0
    }

    private(set) var instructions: [Instruction] = []
    /// The distinct sets that `scalar` instructions name.
    private(set) var sets: [ScalarSet] = []
    /// Whether a match can only begin where the text does.
    let isAnchoredAtStart: Bool
    /// Whether `\b` or `\B` occurs, so that word scalars have to be told from others.
    private(set) var asksForWords = false

    private var indexOfSet: [ScalarSet: Int32] = [:]
    private let limit: Int

    /// Compiles a tree, writing counted repetition out.
    init(_ tree: PatternSyntax, limits: PatternLimits) throws(PatternError) {
        limit = limits.maximumInstructions
        isAnchoredAtStart = tree.isAnchoredAtStart
        try compile(tree, at: 0)
        try emit(.match, at: 0)
        indexOfSet = [:]
    }

    @discardableResult
    private mutating func emit(_ operation: Instruction.Operation, argument: Int32 = 0, at offset: Int) throws(PatternError)
        -> Int
    {
        guard instructions.count < limit else {
            throw PatternError(
                .tooLarge,
                "the pattern needs more than \(limit) instructions with its repetitions written out; use smaller counts",
                offset: offset)
        }
        instructions.append(Instruction(operation: operation, argument: argument, next: Int32(instructions.count + 1)))
        return instructions.count - 1
    }

    private mutating func compile(_ tree: PatternSyntax, at offset: Int) throws(PatternError) {
        switch tree {
        case .empty: break
        case .scalar(let set):
            let index = indexOfSet[set] ?? Int32(sets.count)
            if index == sets.count {
                sets.append(set)
                indexOfSet[set] = index
            }
            try emit(.scalar, argument: index, at: offset)
        case .sequence(let parts):
            for part in parts { try compile(part, at: offset) }
        case .alternation(let parts):
            try compile(alternatives: parts, at: offset)
        case .assertion(let assertion):
            if assertion == .wordBoundary || assertion == .noWordBoundary { asksForWords = true }
            try emit(.assertion, argument: Int32(assertion.rawValue), at: offset)
        case .repetition(let part, let minimum, let maximum, let offset):
            try compile(part, minimum: minimum, maximum: maximum, at: offset)
        }
    }

    private mutating func compile(alternatives parts: [PatternSyntax], at offset: Int) throws(PatternError) {
        var ends: [Int] = []
        for part in parts.dropLast() {
            let split = try emit(.split, at: offset)
            try compile(part, at: offset)
            ends.append(try emit(.jump, at: offset))
            instructions[split].argument = Int32(instructions.count)
        }
        if let last = parts.last { try compile(last, at: offset) }
        for end in ends { instructions[end].next = Int32(instructions.count) }
    }

    private mutating func compile(_ part: PatternSyntax, minimum: Int, maximum: Int?, at offset: Int) throws(PatternError) {
        for _ in 0..<minimum {
            let before = instructions.count
            try compile(part, at: offset)
            if instructions.count == before { return }  // nothing, however often, is nothing
        }
        guard let maximum else {
            let split = try emit(.split, at: offset)
            try compile(part, at: offset)
            let jump = try emit(.jump, at: offset)
            instructions[jump].next = Int32(split)
            instructions[split].argument = Int32(instructions.count)
            return
        }
        var splits: [Int] = []
        for _ in minimum..<maximum {
            splits.append(try emit(.split, at: offset))
            let before = instructions.count
            try compile(part, at: offset)
            if instructions.count == before { break }
        }
        for split in splits { instructions[split].argument = Int32(instructions.count) }
    }
}
