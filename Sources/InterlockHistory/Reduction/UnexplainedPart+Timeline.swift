extension UnexplainedPart: CustomStringConvertible {
    public var description: String {
        ([headline, ""] + timeline + [""] + explanation).joined(separator: "\n")
    }

    private var headline: String {
        let place = keys.isEmpty ? "" : " (\(keys.map { "\($0)" }.sorted().joined(separator: ", ")))"
        var leftOut: [String] = []
        if othersCount > 0 { leftOut.append("\(Self.calls(othersCount)) for which it does not matter what they did") }
        if idleCount > 0 { leftOut.append("\(Self.calls(idleCount)) that by their answers changed nothing") }
        let others = leftOut.isEmpty ? "" : " Left out: \(leftOut.joined(separator: ", and "))."
        let these = calls.count == 1 ? "No order explains the answer of this call" : "No order of these \(calls.count) calls explains their answers"
        return "\(these)\(place). Expected: \(model.promise).\(others)"
    }

    private static func calls(_ count: Int) -> String { count == 1 ? "1 call" : "\(count) calls" }

    /// A line for each call; columns are the events of these calls in order, not to scale.
    private var timeline: [String] {
        let instants = Set(calls.flatMap { [$0.call.called] + ($0.call.returned.map { [$0] } ?? []) }).sorted()
        let column = Dictionary(uniqueKeysWithValues: instants.enumerated().map { ($0.element, $0.offset) })
        let step = instants.count > 30 ? 1 : 2
        let width = instants.count * step
        let nameWidth = calls.map(\.call.client.count).max() ?? 0
        return calls.map { call in
            let start = (column[call.call.called] ?? 0) * step
            let end = call.call.returned.flatMap { column[$0] }.map { $0 * step } ?? width
            let bar =
                start == end
                ? "|" : "[" + String(repeating: "=", count: max(0, end - start - 1)) + (call.call.returned == nil ? "…" : "]")
            let lane = (String(repeating: " ", count: start) + bar).padded(to: width + 2)
            return "  \(call.call.client.padded(to: nameWidth))  \(lane)  \(describe(call))"
        }
    }

    private var explanation: [String] {
        guard let blocked else { return [] }
        let stuck = "\(blocked.call.client): \(describe(blocked))"
        let how =
            longestOrder.isEmpty
            ? "From the start (\(model.describe(stateThen))) there is no place for"
            : "The longest order that fits: \(longestOrder.map { describe($0) }.joined(separator: "; ")). "
                + "Then the state is \(model.describe(stateThen)), and there is no place for"
        return ["\(how) \(stuck)."]
            + (isMinimal ? [] : ["The bound was reached while this was made small; fewer calls may be enough."])
    }

    private func describe(_ call: Call) -> String {
        switch call.evidence {
        case .answer: model.describe(call.call.input, call.call.output)
        case .effect: "\(model.describe(call.call.input, nil)) (any answer)"
        case .none: "perhaps \(model.describe(call.call.input, nil))"
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}
