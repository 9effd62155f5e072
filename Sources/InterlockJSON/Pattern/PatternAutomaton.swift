/// The deterministic machine of a pattern, computed in full beforehand: one table look-up for each scalar.
///
/// Only for patterns whose table stays small; the others run on ``PatternSimulation``.
struct PatternAutomaton: Sendable {
    private static let accepted: UInt16 = 0
    private static let dead: UInt16 = 1

    private let alphabet: ScalarAlphabet
    private var transitions: [UInt16]
    private var acceptsAtEnd: [Bool]
    private let start: UInt16 = 2

    /// Bounds the work of building, in visited instructions and table cells.
    private static let maximumWork = 40_000

    init?(_ program: PatternProgram, maximumStates: Int) {
        guard maximumStates > 0, let alphabet = ScalarAlphabet(program) else { return nil }
        self.alphabet = alphabet
        let width = alphabet.count
        var simulation = PatternSimulation(program)
        var numbers: [State: UInt16] = [:]
        var states = [State(places: [0], before: .edge)]
        numbers[states[0]] = 2
        // Rows 0 and 1 are the accepting and the dead state, which lead to themselves.
        transitions = Array(repeating: Self.accepted, count: width) + Array(repeating: Self.dead, count: width)
        acceptsAtEnd = [true, false]
        var places: [Int32] = []
        var done = 0
        while done < states.count {
            let state = states[done]
            done += 1
            guard simulation.steps + transitions.count <= Self.maximumWork else { return nil }
            acceptsAtEnd.append(simulation.close(state.places, before: state.before, after: .edge))
            var row = Array(repeating: Self.dead, count: width)
            for isWord in program.asksForWords ? [false, true] : [false] {
                let after: PatternAssertion.Neighbour = isWord ? .word : .other
                let matches = simulation.close(state.places, before: state.before, after: after)
                for symbol in 0..<width where alphabet.isWord[symbol] == isWord {
                    if matches {
                        row[symbol] = Self.accepted
                        continue
                    }
                    simulation.advance(into: &places) { alphabet.members[symbol][$0] }
                    if !program.isAnchoredAtStart { places.append(0) }
                    if places.isEmpty { continue }
                    let next = State(places: Set(places).sorted(), before: after)
                    if let known = numbers[next] {
                        row[symbol] = known
                    } else {
                        guard states.count < maximumStates else { return nil }
                        let number = UInt16(states.count + 2)
                        numbers[next] = number
                        states.append(next)
                        row[symbol] = number
                    }
                }
            }
            transitions += row
        }
        cutDeadEnds()
    }

    private struct State: Hashable {
        var places: [Int32]
        var before: PatternAssertion.Neighbour
    }

    /// Sends every way that can no longer reach a match to the dead state, so that matching ends there.
    private mutating func cutDeadEnds() {
        let width = alphabet.count
        let count = acceptsAtEnd.count
        var live = acceptsAtEnd
        var changed = true
        while changed {
            changed = false
            for state in (0..<count).reversed() where !live[state] && state != Int(Self.dead) {
                if transitions[(state * width)..<((state + 1) * width)].contains(where: { live[Int($0)] }) {
                    live[state] = true
                    changed = true
                }
            }
        }
        for cell in transitions.indices where !live[Int(transitions[cell])] { transitions[cell] = Self.dead }
    }

    /// Whether a match begins anywhere in a text, and how many scalars were looked at.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> (Bool, steps: Int) {
        let width = alphabet.count
        return transitions.withUnsafeBufferPointer { table in
            alphabet.ofASCII.withUnsafeBufferPointer { ofASCII in
                var state = Int(start)
                var index = 0
                while index < text.count {
                    let byte = text[index]
                    let symbol: UInt8
                    if byte < 0x80 {
                        symbol = ofASCII[Int(byte)]
                        index += 1
                    } else {
                        guard let scalar = UTF8Scalar.decode(text, at: &index) else { break }
                        symbol = alphabet.index(of: scalar)
                    }
                    state = Int(table[state * width + Int(symbol)])
                    if state <= Int(Self.dead) { return (state == Int(Self.accepted), index) }
                }
                return (acceptsAtEnd[state], index)
            }
        }
    }
}
