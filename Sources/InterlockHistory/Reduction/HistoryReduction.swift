/// Makes the part of a history that no order explains as small as it gets, and keeps it true.
///
/// Simply leaving calls out would lie: a read of a value looks wrong once the write of it is gone. Calls are weakened
/// instead, and a weaker history that still has no explanation proves the stronger one has none:
/// first the history ends with the first answer that cannot be explained; then, call by call, the outcome is forgotten
/// (it may have taken effect later, or never; a call whose answer says that it changed nothing did nothing), or at
/// least the answer is. What could be forgotten is left out of the
/// report, which may then say "whatever the others did".
struct HistoryReduction<Model: SequentialModel> {
    private typealias Entry = LinearizationSearch<Model>.Entry

    private typealias Evidence = UnexplainedPart<Model>.Evidence

    private let model: Model
    private let part: HistoryPart<Model>
    private var budget: StepBudget
    /// What a single trial may cost; more than that, and its calls stay as they are.
    private var trialSteps: Int
    private var calls: [RecordedCall<Model.Input, Model.Output>]
    private var isMinimal = true
    private var end = Int64.max

    var spent: Int { budget.spent }

    /// For a part of which `steps` steps have shown that it has no explanation.
    init(_ model: Model, _ part: HistoryPart<Model>, shownIn steps: Int, _ bound: CheckBound) {
        self.trialSteps = max(2_000, steps * 4)
        self.model = model
        self.part = part
        self.calls = part.calls
        self.budget = StepBudget(steps: bound.reductionSteps, isExpired: bound.isExpired)
    }

    mutating func run() -> UnexplainedPart<Model> {
        cutAtFirstFault()
        var evidence = calls.map { $0.returned == nil ? Evidence.none : .answer }
        weaken(&evidence, from: .answer, to: .none)
        weaken(&evidence, from: .answer, to: .effect)
        return report(evidence)
    }

    /// Whether the calls, with what is kept of them, surely have no explanation.
    private mutating func isImpossible(_ evidence: [Evidence]) -> Bool {
        var trial = budget.trial(steps: trialSteps)
        var search = LinearizationSearch<Model>(model, weakened(evidence).compactMap(\.self))
        let outcome = search.run(from: model.initialState(of: part.keys), &trial)
        budget.book(trial)
        switch outcome {
        case .found: return false
        case .impossible:
            return true
        case .exhausted:
            isMinimal = false
            return false
        }
    }

    /// What is left of each call; `nil` if nothing.
    private func weakened(_ evidence: [Evidence]) -> [Entry?] {
        zip(calls, evidence).map { call, evidence in
            // Leaving out what changes nothing is no lie.
            if evidence == .none, call.returned != nil, model.isReadOnly(call.input, call.output) { return nil }
            return Entry(
                input: call.input, output: evidence == .answer ? call.output : nil, called: call.called,
                returned: evidence == .none ? nil : call.returned)
        }
    }

    /// Ends the history with the answer that first makes it inexplicable; calls under way then have no outcome.
    private mutating func cutAtFirstFault() {
        let all = calls
        let instants = all.compactMap(\.returned).sorted()
        var low = 0
        var high = instants.count - 1
        while low < high {
            let middle = (low + high) / 2
            calls = prefix(of: all, until: instants[middle])
            let evidence = calls.map { $0.returned == nil ? Evidence.none : .answer }
            if isImpossible(evidence) { high = middle } else { low = middle + 1 }
        }
        if high >= 0 { end = instants[high] }
        calls = prefix(of: all, until: end)
    }

    private func prefix(
        of calls: [RecordedCall<Model.Input, Model.Output>], until instant: Int64
    ) -> [RecordedCall<Model.Input, Model.Output>] {
        calls.filter { $0.called <= instant }.map { call in
            var call = call
            if let returned = call.returned, returned > instant { call.outcome = .unknown }
            return call
        }
    }

    /// Weakens as many calls as can be, in runs of halving length: what weakens alone is tried alone in the end.
    private mutating func weaken(_ evidence: inout [Evidence], from old: Evidence, to new: Evidence) {
        var length = max(1, evidence.count / 2)
        while true {
            let candidates = evidence.indices.filter { evidence[$0] == old }
            for start in stride(from: 0, to: candidates.count, by: length) {
                guard !budget.isExhausted else {
                    isMinimal = false
                    return
                }
                var weaker = evidence
                for index in candidates[start..<min(start + length, candidates.count)] { weaker[index] = new }
                if isImpossible(weaker) { evidence = weaker }
            }
            if length == 1 { return }
            length /= 2
        }
    }

    /// The calls that count, with the longest order that still explains a start of them.
    private mutating func report(_ evidence: [Evidence]) -> UnexplainedPart<Model> {
        let weighed = zip(calls, evidence).map { UnexplainedPart<Model>.Call(call: $0, evidence: $1) }
        let needed = weighed.filter { $0.evidence != .none }
        let initial = model.initialState(of: part.keys)
        var longest: [Int] = []
        var blocked: Int?
        // The last history shown to be impossible, once more, so it costs no more than it did.
        var budget = StepBudget(steps: trialSteps, isExpired: { false })
        let entries = weakened(evidence)
        let places = entries.indices.filter { entries[$0] != nil }
        var search = LinearizationSearch<Model>(model, entries.compactMap(\.self))
        if case .impossible(let order, let stuck) = search.run(from: initial, &budget) {
            longest = order.map { places[$0] }
            blocked = places[stuck]
        }
        let state = longest.reduce(initial) { state, index in
            model.step(state, weighed[index].call.input, weighed[index].evidence == .answer ? weighed[index].call.output : nil) ?? state
        }
        let idle = zip(calls, evidence).count { call, evidence in
            evidence == .none && call.returned != nil && model.isReadOnly(call.input, call.output) && !model.isReadOnly(call.input, nil)
        }
        return UnexplainedPart(
            model: model, keys: part.keys, calls: needed, certainAt: end,
            othersCount: part.calls.count - needed.count - idle, idleCount: idle,
            longestOrder: longest.map { weighed[$0] }, stateThen: state, blocked: blocked.map { weighed[$0] }, isMinimal: isMinimal)
    }
}
