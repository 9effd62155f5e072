/// The search for an order of calls that a model could have answered one at a time.
///
/// Wing and Gong's search with Lowe's memoisation, as Porcupine has it: always one of the calls that began before the
/// first unordered call returned goes next; a set of ordered calls that led to a state once is not tried again.
/// What is ours:
/// - A call that only reads goes in as soon as it fits, and that choice is never revised: moving it forward to there
///   from wherever another order has it changes nothing for the rest.
/// - Calls without an outcome stand apart and are tried last. Of equal ones the oldest goes first, for it may go
///   wherever a younger may. A configuration is not tried if the same calls led to the same state with fewer of them.
/// - Only the ragged edge of the set of ordered calls is remembered.
struct LinearizationSearch<Model: SequentialModel> {
    /// One call as the search needs it.
    struct Entry {
        let input: Model.Input
        /// `nil`: any answer will do.
        let output: Model.Output?
        let called: Int64
        /// `nil`: it need not take effect.
        let returned: Int64?
    }

    enum Outcome {
        /// Entries in an order that explains them; those without an outcome that had no effect are missing.
        case found([Int])
        /// There is none; the longest start of one, and the call that had no place after it.
        case impossible(longest: [Int], blocked: Int)
        case exhausted
    }

    private struct Configuration: Hashable {
        let ordered: BitSet.Edge
        let state: Model.State
    }

    private struct Frame {
        /// The entry that went in.
        let entry: Int
        /// A place in `completed`, or in `kinds` for a call without an outcome.
        let place: Int
        let isPending: Bool
        let before: Model.State
        /// Whether nothing else need be tried in its stead.
        let isFinal: Bool
    }

    /// Where to look for the next candidate: at calls that only read, at other calls, at calls without an outcome.
    private enum Stage {
        case readers, others, pending
    }

    private let model: Model
    private let entries: [Entry]
    /// Entries that must be ordered, by call.
    private let completed: [Int]
    /// For each of `completed`, whether it only reads.
    private let readsOnly: [Bool]
    /// Entries that may be ordered, those with one input together by call, and these groups by their first call.
    private var kinds: [[Int]] = []

    // The events of completed calls in a list that calls are lifted out of and put back into: node 2i is the call of
    // place i, 2i + 1 its return, and the last one the anchor of the ring.
    private var next: [Int]
    private var previous: [Int]
    private let anchor: Int

    init(_ model: Model, _ entries: [Entry]) {
        self.model = model
        self.entries = entries
        let byCall = entries.indices.sorted { (entries[$0].called, $0) < (entries[$1].called, $1) }
        completed = byCall.filter { entries[$0].returned != nil }
        readsOnly = completed.map { model.isReadOnly(entries[$0].input, entries[$0].output) }
        var kindOf: [Model.Input: Int] = [:]
        // Without an answer or an effect a call says nothing.
        for entry in byCall where entries[entry].returned == nil && !model.isReadOnly(entries[entry].input, nil) {
            let kind = kindOf[entries[entry].input] ?? kinds.count
            if kind == kinds.count { kinds.append([]) }
            kindOf[entries[entry].input] = kind
            kinds[kind].append(entry)
        }

        anchor = completed.count * 2
        let instants = completed.flatMap { [entries[$0].called, entries[$0].returned ?? .max] }
        // A call and a return at one instant count as overlapping, so calls come first.
        let nodes = instants.indices.sorted { (instants[$0], $0 % 2, $0) < (instants[$1], $1 % 2, $1) }
        next = Array(repeating: anchor, count: anchor + 1)
        previous = next
        var last = anchor
        for node in nodes {
            next[last] = node
            previous[node] = last
            last = node
        }
        next[last] = anchor
        previous[anchor] = last
    }

    mutating func run(from initial: Model.State, _ budget: inout StepBudget) -> Outcome {
        var state = initial
        var stack: [Frame] = []
        var ordered = BitSet(capacity: completed.count)
        var taken = BitSet(capacity: entries.count)
        var takenOfKind = Array(repeating: 0, count: kinds.count)
        var seen: [Configuration: [BitSet]] = [:]
        var remaining = completed.count
        var best: (placed: Int, order: [Int], blocked: Int)?

        var stage = Stage.readers
        var node = next[anchor]
        var place = 0
        while remaining > 0 {
            if stage != .pending, node % 2 == 1 {
                // A return: nothing that was called later may go before it.
                stage = stage == .readers ? .others : .pending
                if stage == .others { node = next[anchor] }
                continue
            }
            let isPending = stage == .pending
            if isPending, place >= kinds.count || entries[kinds[place][0]].called > returnInstant(node) {
                if best.map({ completed.count - remaining > $0.placed }) ?? true {
                    best = (completed.count - remaining, stack.map(\.entry), completed[node / 2])
                }
                while true {
                    guard let frame = stack.popLast() else {
                        return .impossible(longest: best?.order ?? [], blocked: best?.blocked ?? completed[node / 2])
                    }
                    state = frame.before
                    if frame.isPending {
                        taken.remove(frame.entry)
                        takenOfKind[frame.place] -= 1
                        place = frame.place + 1
                        node = firstReturn()
                    } else {
                        ordered.remove(frame.place)
                        remaining += 1
                        unlift(frame.place)
                        node = next[frame.place * 2]
                        place = 0
                    }
                    stage = frame.isPending ? .pending : .others
                    if !frame.isFinal { break }
                }
                continue
            }

            let candidate = isPending ? place : node / 2
            if let index = entry(stage, candidate, takenOfKind, before: returnInstant(node)) {
                guard budget.spend() else { return .exhausted }
                if let after = model.step(state, entries[index].input, entries[index].output), !isPending || after != state {
                    if isPending { taken.insert(index) } else { ordered.insert(candidate) }
                    let configuration = Configuration(ordered: ordered.edge, state: after)
                    if !seen[configuration, default: []].contains(where: { $0.isSubset(of: taken) }) {
                        seen[configuration, default: []].append(taken)
                        stack.append(
                            Frame(entry: index, place: candidate, isPending: isPending, before: state, isFinal: stage == .readers))
                        state = after
                        if isPending {
                            takenOfKind[candidate] += 1
                        } else {
                            lift(candidate)
                            remaining -= 1
                        }
                        stage = .readers
                        node = next[anchor]
                        place = 0
                        continue
                    }
                    if isPending { taken.remove(index) } else { ordered.remove(candidate) }
                    // Where a reader's choice is final, so is its failure.
                    if stage == .readers {
                        stage = .pending
                        node = firstReturn()
                        place = kinds.count
                        continue
                    }
                }
            }
            if isPending { place += 1 } else { node = next[node] }
        }
        return .found(stack.map(\.entry))
    }

    /// The entry to try for a candidate, if it is one at this stage.
    private func entry(_ stage: Stage, _ candidate: Int, _ takenOfKind: [Int], before instant: Int64) -> Int? {
        guard stage == .pending else {
            return readsOnly[candidate] == (stage == .readers) ? completed[candidate] : nil
        }
        let kind = kinds[candidate]
        guard takenOfKind[candidate] < kind.count else { return nil }
        let oldest = kind[takenOfKind[candidate]]
        return entries[oldest].called <= instant ? oldest : nil
    }

    private func returnInstant(_ node: Int) -> Int64 {
        node % 2 == 1 ? entries[completed[node / 2]].returned ?? .max : .max
    }

    private func firstReturn() -> Int {
        var node = next[anchor]
        while node % 2 == 0, node != anchor { node = next[node] }
        return node
    }

    /// Takes the events of a call out of the list; undone in the reverse order.
    private mutating func lift(_ place: Int) {
        for node in [place * 2, place * 2 + 1] {
            next[previous[node]] = next[node]
            previous[next[node]] = previous[node]
        }
    }

    private mutating func unlift(_ place: Int) {
        for node in [place * 2 + 1, place * 2] {
            next[previous[node]] = node
            previous[next[node]] = node
        }
    }
}
