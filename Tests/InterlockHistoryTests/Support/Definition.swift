import InterlockHistory

/// Linearizability straight from its definition, by trying every order: slow, and short enough to be believed.
struct Definition<Model: SequentialModel> {
    struct Item {
        var input: Model.Input
        var output: Model.Output?
        var called: Int64
        /// `nil`: it need not take effect.
        var returned: Int64?
    }

    let model: Model
    /// The keys every part of which the state is made; the model's states of single keys are merged by the caller.
    let initial: Model.State

    func explains(_ items: [Item]) -> Bool {
        order(items, placed: [], state: initial)
    }

    private func order(_ items: [Item], placed: [Int], state: Model.State) -> Bool {
        let rest = items.indices.filter { !placed.contains($0) }
        if rest.allSatisfy({ items[$0].returned == nil }) { return true }
        for next in rest {
            // `next` may come before all the rest unless one of them had returned before `next` was called.
            let isTooEarly = rest.contains { other in items[other].returned.map { $0 < items[next].called } ?? false }
            guard !isTooEarly, let after = model.step(state, items[next].input, items[next].output) else { continue }
            if order(items, placed: placed + [next], state: after) { return true }
        }
        return false
    }
}

extension Definition.Item {
    init(_ call: RecordedCall<Model.Input, Model.Output>) {
        self.init(input: call.input, output: call.output, called: call.called, returned: call.returned)
    }
}
