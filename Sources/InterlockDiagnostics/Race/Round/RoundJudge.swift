import InterlockHistory

/// Hears of every call of a round as it is made and answered, and says in the end whether the answers fit.
protocol RoundJudge: Sendable {
    /// Notes that a call is about to be made.
    ///
    /// - Returns: what notes its answer. Not called for a call without an answer: such a one may have taken effect or not.
    func begin(_ call: PlannedCall) throws -> @Sendable (RaceAnswer) -> Void

    func verdict() -> RoundVerdict
}

/// What a judge says of a round.
enum RoundVerdict: Sendable {
    case fits
    /// The promise that was broken and the smallest part of the answers that breaks it, in words.
    case fault(String)
    /// The check reached its bound.
    case undecided
}

/// Holds the answers of a round against a sequential model.
struct ModelJudge<Model: SequentialModel>: RoundJudge where Model.Input: Sendable, Model.Output: Sendable {
    private let race: RaceModel<Model>
    private let recorder = HistoryRecorder<Model.Input, Model.Output>()

    init(_ race: RaceModel<Model>) {
        self.race = race
    }

    func begin(_ call: PlannedCall) throws -> @Sendable (RaceAnswer) -> Void {
        let id = try recorder.begin(client: "client \(call.client)", race.input(call))
        return { [race, recorder] answer in
            if case .busy = answer {
                recorder.discard(id)
            } else if let output = race.output(answer, call) {
                recorder.end(id, output)
            }
        }
    }

    func verdict() -> RoundVerdict {
        let result = LinearizabilityChecker(race.model, bound: .steps(500_000)).check(recorder.history())
        if let fault = result.fault { return .fault("the server is not \(race.model.promise)\n\(fault)") }
        return result.isLinearizable ? .fits : .undecided
    }
}
