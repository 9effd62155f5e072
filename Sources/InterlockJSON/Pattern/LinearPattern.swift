/// A regular expression that takes linear time on any text: ECMA-262 syntax as JSON Schema uses it, matched without backtracking.
///
/// A match takes at most text size times program size steps, whatever the pattern, so patterns from outside are safe to run. What cannot be matched
/// that way, back-references and look-around, is refused when the pattern is compiled. Immutable: one instance serves any number of threads.
///
/// A pattern matches anywhere in the text unless it is anchored, as JSON Schema's `pattern` asks. `^` and `$` stand for the ends of the whole text;
/// `\d`, `\w` and `\b` are ASCII; `.` leaves line terminators out; text is compared scalar by scalar, without Unicode normalization.
/// Properties: general categories, the yes-or-no properties the standard library answers, and `Script=` for the scripts in daily use.
public struct LinearPattern: Sendable, Hashable, CustomStringConvertible {
    /// The source it was compiled from.
    public let source: String
    private let machine: Machine

    /// Held by reference, so that copies of the pattern are cheap.
    private final class Machine: Sendable {
        let program: PatternProgram
        let automaton: PatternAutomaton?

        init(_ tree: PatternSyntax, limits: PatternLimits) throws(PatternError) {
            program = try PatternProgram(tree, limits: limits)
            automaton = PatternAutomaton(program, maximumStates: limits.maximumAutomatonStates)
        }
    }

    /// Compiles a pattern.
    ///
    /// - Throws: ``PatternError`` with the place and the reason, when the source is malformed, cannot run in linear time, or passes a limit.
    public init(_ source: String, limits: PatternLimits = .default) throws(PatternError) {
        self.source = source
        var parser = try PatternParser(source, limits: limits)
        machine = try Machine(parser.parse(), limits: limits)
    }

    /// Whether the pattern matches somewhere in a text.
    public func matches(in text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var budget = Int.max
            return matches(utf8: bytes, budget: &budget) ?? false
        }
    }

    /// Whether the pattern matches somewhere in valid UTF-8; nil, as soon as it is known, if that takes more than `budget` steps.
    ///
    /// A step is a scalar looked at or an instruction visited; what was used is taken off the budget.
    package func matches(utf8 text: UnsafeBufferPointer<UInt8>, budget: inout Int) -> Bool? {
        if let automaton = machine.automaton {
            guard text.count <= budget else { return nil }
            let (result, steps) = automaton.matches(text)
            budget -= steps
            return result
        }
        var simulation = PatternSimulation(machine.program)
        let result = simulation.matches(text, budget: budget)
        budget -= simulation.steps
        return result
    }

    /// Whether the pattern runs on the precomputed automaton rather than the simulation.
    package var isPrecomputed: Bool { machine.automaton != nil }

    /// How many instructions the program has.
    package var instructionCount: Int { machine.program.instructions.count }

    public var description: String { source }

    /// Two patterns are equal if their sources are.
    public static func == (left: LinearPattern, right: LinearPattern) -> Bool {
        left.source.utf8.elementsEqual(right.source.utf8)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(source) }
}
