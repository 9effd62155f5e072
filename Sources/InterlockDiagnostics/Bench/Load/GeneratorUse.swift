/// What the generator used of the processor in a stretch of time, in seconds.
struct GeneratorUse: Sendable, Hashable {
    /// Processor time, all threads together.
    var processor: Double
    /// How long the stretch was.
    var wall: Double

    /// Cores that were busy while calls were begun.
    ///
    /// What comes after that is waiting: a call without an answer would make a generator at its limit look idle. A load whose calls are begun within a
    /// tenth of a second counts as a whole, and one of less than a millisecond tells nothing.
    static func cores(begun: GeneratorUse?, whole: GeneratorUse) -> Double {
        let use = begun.flatMap { $0.wall >= 0.1 ? $0 : nil } ?? whole
        return use.wall < 0.001 ? 0 : use.processor / use.wall
    }

    /// Threads that the calls of these agents run on at most: their own loops, and for those without one half of the processors, which is what a
    /// generator may take from a server beside it.
    static func threads(of agents: [LoadAgent], clients: Int?) -> Int {
        let loops = Set(agents.compactMap { agent in agent.executor.map { ObjectIdentifier($0) } }).count
        let elsewhere = min(agents.count { $0.executor == nil }, max(1, ProcessTime.processors / 2))
        return max(1, min(loops + elsewhere, clients ?? .max))
    }
}
