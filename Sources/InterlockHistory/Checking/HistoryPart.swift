/// The calls of a history that share keys, directly or through others, and so have to be explained together.
struct HistoryPart<Model: SequentialModel> {
    /// Empty for the whole object.
    let keys: Set<Model.Key>
    let calls: [RecordedCall<Model.Input, Model.Output>]

    /// The parts of a history, the smallest first: cheap verdicts come before dear ones.
    static func split(_ history: History<Model.Input, Model.Output>, by model: Model) -> [HistoryPart] {
        var leaders: [Model.Key: Model.Key] = [:]
        func leader(_ key: Model.Key) -> Model.Key {
            var top = key
            while let above = leaders[top], above != top { top = above }
            var step = key
            while let above = leaders[step], above != top {
                leaders[step] = top
                step = above
            }
            return top
        }

        var keyed: [(call: RecordedCall<Model.Input, Model.Output>, keys: Set<Model.Key>)] = []
        for call in history.calls {
            switch model.footprint(of: call.input, call.output) {
            case .nothing: continue
            case .everything: return [whole(history, model)]
            case .keys(let keys):
                guard let first = keys.first else { return [whole(history, model)] }
                for key in keys {
                    leaders[key] = leaders[key] ?? key
                    leaders[leader(key)] = leader(first)
                }
                keyed.append((call, keys))
            }
        }
        var order: [Model.Key] = []
        var groups: [Model.Key: (keys: Set<Model.Key>, calls: [RecordedCall<Model.Input, Model.Output>])] = [:]
        for (call, keys) in keyed {
            guard let key = keys.first.map(leader) else { continue }
            if groups[key] == nil { order.append(key) }
            groups[key, default: ([], [])].keys.formUnion(keys)
            groups[key, default: ([], [])].calls.append(call)
        }
        return order.compactMap { groups[$0] }
            .map { HistoryPart(keys: $0.keys, calls: $0.calls) }
            .enumerated()
            .sorted { ($0.element.calls.count, $0.offset) < ($1.element.calls.count, $1.offset) }
            .map(\.element)
    }

    private static func whole(_ history: History<Model.Input, Model.Output>, _ model: Model) -> HistoryPart {
        HistoryPart(keys: [], calls: history.calls.filter { model.footprint(of: $0.input, $0.output) != .nothing })
    }
}

extension LinearizationSearch.Entry {
    init(_ call: RecordedCall<Model.Input, Model.Output>) {
        self.init(input: call.input, output: call.output, called: call.called, returned: call.returned)
    }
}
