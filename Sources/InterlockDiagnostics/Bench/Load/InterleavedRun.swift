public import InterlockConcurrency

/// Loads two servers by turns, in blocks, so that whatever else the machine does happens to both alike.
///
/// Which of the two goes first changes from pair to pair, and both blocks of a pair make the same calls, numbered on from the pair before. Each block is a
/// slice of its result, and the blocks of a pair lie at the same place, which is what a paired ``BenchComparison`` draws from.
public struct InterleavedRun: Sendable {
    private let block: LoadConfiguration
    private let pairs: Int

    /// Prepares so many pairs of blocks, each a load of its own.
    public init(_ block: LoadConfiguration, pairs: Int) {
        self.block = block
        self.pairs = max(1, pairs)
    }

    /// Runs all blocks and returns what they brought together, in the order of the parameters. Cancelling the task ends it with what there is.
    ///
    /// - Parameter progress: told after each block, of the pairs begun and of the last block.
    public func run(
        _ first: (mix: ToolMix, agents: [LoadAgent]), _ second: (mix: ToolMix, agents: [LoadAgent]), clock: any SchedulingClock = SystemClock.shared,
        progress: (_ pair: Int, _ block: LoadResult) -> Void = { _, _ in }
    ) async -> (LoadResult, LoadResult) {
        var results = [LoadResult(), LoadResult()]
        var number = block.firstNumber
        for pair in 0..<pairs where !Task.isCancelled {
            var configuration = block
            configuration.seed &+= UInt64(pair)
            configuration.firstNumber = number
            for index in pair.isMultiple(of: 2) ? [0, 1] : [1, 0] {
                let side = index == 0 ? first : second
                let result = await LoadRun(configuration, mix: side.mix, agents: side.agents, clock: clock).run()
                results[index].append(result)
                number = max(number, configuration.firstNumber + result.offered)
                progress(pair, result)
            }
        }
        return (results[0], results[1])
    }
}
