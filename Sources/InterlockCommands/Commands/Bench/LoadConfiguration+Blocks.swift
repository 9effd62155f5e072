import InterlockDiagnostics

extension LoadConfiguration {
    /// The load cut into blocks of about a second, for two servers by turns: at least 6, which is what a comparison needs, and at most 30.
    var inBlocks: (block: LoadConfiguration, pairs: Int) {
        let pairs = max(6, min(30, Int(duration / .seconds(1))))
        var block = self
        // Rounded up: a bound that a comparison can be told by stays one when it is parted.
        block.maximumCalls = maximumCalls / pairs + (maximumCalls % pairs > 0 ? 1 : 0)
        switch loop {
        case .open(let phases, let spacing):
            block.loop = .open(phases.map { LoadPhase($0.name, rate: $0.rate.from, to: $0.rate.to, duration: $0.duration / pairs) }, spacing: spacing)
        case .closed(let clients, let duration): block.loop = .closed(clients: clients, duration: duration / pairs)
        }
        return (block, pairs)
    }
}
