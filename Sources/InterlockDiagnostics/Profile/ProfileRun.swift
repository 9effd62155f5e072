import InterlockClient
public import InterlockConcurrency
public import InterlockProfiler
import InterlockProtocol

/// Calls each tool of a server for a while and takes samples of its process meanwhile.
///
/// The samples come from perf, from py-spy for Pythons that perf cannot name the functions of, or from the server itself. Only tools that say they read
/// are called, unless others are named.
public struct ProfileRun: Sendable {
    /// How long and how much.
    public struct Limits: Sendable {
        /// For all tools together; reading the samples comes on top.
        public var duration: Duration
        /// Calls at once.
        public var width: Int
        /// Samples a second of processor time and thread.
        public var frequency: Int
        /// Whether waiting is measured too, in a third of the time.
        public var offProcessor: Bool
        public var callGraph: CallGraph

        public init(duration: Duration = .seconds(20), width: Int = 4, frequency: Int = 499, offProcessor: Bool = true, callGraph: CallGraph = .automatic) {
            self.duration = duration
            self.width = width
            self.frequency = frequency
            self.offProcessor = offProcessor
            self.callGraph = callGraph
        }
    }

    /// How stacks are walked.
    public enum CallGraph: Sendable, Hashable {
        /// By frame pointers, and once more by unwind tables where more than a third of the stacks turn out broken.
        case automatic
        case framePointers
        case dwarf
    }

    /// Samples that the server takes of itself for so many seconds, at most ``longestOwnSample``; its stacks in the folded format.
    public typealias OwnSampler = @Sendable (_ seconds: Int) async throws -> FoldedStacks

    /// How many seconds a server is asked to sample itself at once; longer runs ask again.
    public static let longestOwnSample = 60

    let server: DiagnosedServer
    let limits: Limits
    let clock: any SchedulingClock
    let progress: @Sendable (String) -> Void
    let ownSampler: OwnSampler?
    private let names: WrittenNames

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - ownSampler: asks the server to sample itself; it is used instead of perf then.
    ///   - progress: hears what is being done, for a progress line.
    public init(
        _ server: DiagnosedServer, limits: Limits = Limits(), ownSampler: OwnSampler? = nil, clock: any SchedulingClock = SystemClock.shared,
        progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        names = WrittenNames()
        self.server = names.watching(server)
        self.limits = limits
        self.ownSampler = ownSampler
        self.clock = clock
        self.progress = progress
    }

    /// Runs, and ends by itself. Cancelling the task ends the samplers it has started too; tools that were done by then are still told.
    ///
    /// - Throws: ``ProfileError`` when nothing can be sampled; what keeps it from the server.
    public func run(_ operations: [ProbeOperation]? = nil) async throws -> ProfileReport {
        // The names that an interpreter wrote for this run stay with nobody.
        defer { names.remove() }
        return try await server.withClient(clock: clock) { client, link in
            names.look()
            defer { names.look() }
            var (work, notes) = (operations ?? [], [String]())
            if operations == nil {
                guard try await client.declaresTools else {
                    throw ProfileError(.noTools, "the server declares no tools: there is no call whose time could be followed")
                }
                let chosen = await ToolSelection(client, from: try await client.listTools(), most: Self.mostTools)
                (work, notes) = (chosen.work, chosen.notes)
            }
            guard !work.isEmpty else {
                throw ProfileError(
                    .noTools, "no tool says that it only reads and answers calls with arguments that can be made up: name one with --tool NAME or --tool 'NAME={…}'")
            }
            let load = CycleLoad(server: server, client: client, clock: clock)
            if let ownSampler { return try await sampledByItself(work, load, ownSampler, notes) }
            #if os(Linux)
                return try await sampledFromOutside(work, load, server.process(link.processIdentifier()), notes: notes)
            #else
                throw ProfileError(.refused, "only Linux processes can be sampled from outside: ask an Interlock server to sample itself, with --admin URL")
            #endif
        }
    }

    /// How many tools are profiled where none is named: of more, each would have too little of the time.
    static let mostTools = 8

    /// What is said where not all tools were come to.
    static func interrupted(_ done: Int, of all: Int) -> String { "interrupted: \(done) of \(all) tools were sampled" }

    /// Calls until the time is over.
    func call(_ operation: ProbeOperation, _ load: CycleLoad, for length: Duration) async throws -> (calls: Int, failures: Int, seconds: Double) {
        let begin = clock.now
        defer { names.look() }
        let done = try await load.run(operation, count: .max, workers: limits.width, until: begin + length)
        return (done.cycles + done.refused, done.failed + done.refused, (clock.now - begin).inSeconds)
    }

    /// Calls, and lets the server sample itself meanwhile. A sampler that fails ends the calls at once.
    private func sampledByItself(
        _ work: [ProbeOperation], _ load: CycleLoad, _ sampler: @escaping OwnSampler, _ notes: [String]
    ) async throws -> ProfileReport {
        var notes = notes + ["waiting was not measured: the server's own sampler sees what runs"]
        let seconds = max(1, Int((limits.duration / work.count).inSeconds.rounded()))
        var parts: [ProfileReport.Part] = []
        for operation in work {
            progress("\(operation): the server samples itself for \(seconds) s")
            do {
                parts.append(try await sampledByItself(operation, load, sampler, seconds))
            } catch {
                guard Task.isCancelled, !parts.isEmpty else { throw error }
                notes.append(Self.interrupted(parts.count, of: work.count))
                break
            }
        }
        return ProfileReport(parts: parts, runtime: .swift, notes: notes)
    }

    private func sampledByItself(
        _ operation: ProbeOperation, _ load: CycleLoad, _ sampler: @escaping OwnSampler, _ seconds: Int
    ) async throws -> ProfileReport.Part {
        try await withThrowingTaskGroup(of: OwnSample.self) { group in
            group.addTask {
                var stacks = FoldedStacks()
                for length in Self.ownSamples(of: seconds) { stacks.add(try await sampler(length)) }
                return .stacks(stacks)
            }
            group.addTask {
                let (calls, failures, took) = try await call(operation, load, for: .seconds(seconds))
                return .calls(calls, failures: failures, seconds: took)
            }
            var sampled = FoldedStacks()
            var (calls, failures, took) = (0, 0, 0.0)
            for try await sample in group {
                switch sample {
                case .stacks(let stacks): sampled = stacks
                case .calls(let done, let failed, let length): (calls, failures, took) = (done, failed, length)
                }
            }
            // A server that ends its sample early, and calls that were cut off, are no part that is told.
            try Task.checkCancellation()
            return ProfileReport.Part(
                operation: operation, calls: calls, failures: failures, seconds: took, onProcessor: sampled, method: "the server's own sampler")
        }
    }

    /// How long each sample of a run of so many seconds is.
    static func ownSamples(of seconds: Int) -> [Int] {
        stride(from: 0, to: seconds, by: longestOwnSample).map { min(longestOwnSample, seconds - $0) }
    }

    /// One half of a part: what was sampled, or what was called meanwhile.
    private enum OwnSample {
        case stacks(FoldedStacks)
        case calls(Int, failures: Int, seconds: Double)
    }
}
