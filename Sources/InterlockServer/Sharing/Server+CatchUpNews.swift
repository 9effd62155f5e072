import InterlockConcurrency
import InterlockProtocol
import Synchronization

// What clients are told when what other instances said was missed: that any list may have changed.
extension Server {
    /// Tells this instance's own clients, one after the other, over ``ServerConfiguration/catchUpSpread``.
    func tellListsMayHaveChanged() {
        let spread = configuration.catchUpSpread
        guard spread > .zero else { return tell(FeatureKind.allCases, to: newsListeners) }
        let (listeners, phase) = (configuration.random.shuffled(newsListeners), configuration.random.fraction())
        if catchUpNews.withLock({ $0.missed(listeners, phase: phase) }) { scheduleCatchUp(spread) }
    }

    private func scheduleCatchUp(_ spread: Duration) {
        let step = spread / (CatchUpNewsStateMachine.steps + CatchUpNewsStateMachine.quietSteps)
        configuration.clock.schedule(after: step) { [weak self] in
            guard let self else { return }
            let (listeners, kinds, goesOn) = catchUpNews.withLock { $0.next() }
            tell(kinds, to: listeners)
            if goesOn { scheduleCatchUp(spread) }
        }
    }

    private func tell(_ kinds: [FeatureKind], to listeners: [NewsListener]) {
        let offered = capabilities(of: features)
        // Of a kind that this server has none of, and will have none, there is no list.
        let kinds = kinds.filter { kind in
            switch kind {
            case .tools: offered.tools != nil
            case .resources: offered.resources != nil
            case .prompts: offered.prompts != nil
            }
        }
        for listener in listeners { for kind in kinds { tell(kind, to: listener) } }
    }
}
