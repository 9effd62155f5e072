/// One thing that is wrong with a server, said so that it can be acted on.
public struct DoctorFinding: Sendable, Hashable {
    /// What kind of fault it is. The raw value is stable: programs may match it.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        case serverLost = "server-lost"
        case serialised = "serialised-calls"
        case paced = "paced-calls"
        case blocksLoop = "blocked-loop"
        case computesOnLoop = "computing-on-loop"
        case cpuBound = "cpu-bound"
        case upstreamBound = "upstream-bound"
        case ioBound = "io-bound"
        case stalls
        case slowList = "slow-list"
        case largeList = "large-list"
        case slowSchema = "slow-schema"
        case memoryPerCall = "memory-per-call"
        case memoryPerSession = "memory-per-session"
        case memoryByItself = "memory-by-itself"
        case memoryPlateau = "memory-plateau"
        case descriptors = "descriptor-leak"
        case threads = "thread-leak"
        case children = "child-leak"
        case lostSessions = "lost-sessions"
        case undyingSessions = "sessions-not-ended"
        case abandonedSessions = "abandoned-sessions"
        case failsAtOnce = "fails-at-once"
        case noAnswer = "no-answer"
        case noBackPressure = "no-back-pressure"
        case progressAstray = "progress-astray"
        case wrongID = "id-not-echoed"
        case wrongErrorCode = "wrong-error-code"
        case acceptsInvalid = "accepts-invalid-requests"
        case headersUnchecked = "headers-unchecked"
    }

    /// How bad it is.
    public enum Severity: String, Sendable, Hashable, Comparable {
        /// Worth knowing; nothing is wrong.
        case note
        /// It costs time or breaks a rule of the protocol.
        case warning
        /// It brings the server down, or loses what its users do.
        case fault

        private var rank: Int { self == .note ? 0 : self == .warning ? 1 : 2 }
        public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
    }

    /// A measured figure, named.
    public struct Figure: Sendable, Hashable {
        public var name: String
        public var value: Double
        public var unit: String

        public init(_ name: String, _ value: Double, _ unit: String = "") {
            self.name = name
            self.value = value
            self.unit = unit
        }
    }

    public var code: Code
    public var severity: Severity
    /// What is wrong, in one sentence.
    public var sentence: String
    /// What to do, in one sentence.
    public var advice: String
    public var evidence: [Figure]
    /// How much it weighs beside findings of the same severity.
    public var weight: Double

    public init(_ code: Code, _ severity: Severity, _ sentence: String, advice: String, evidence: [Figure], weight: Double = 1) {
        self.code = code
        self.severity = severity
        self.sentence = sentence
        self.advice = advice
        self.evidence = evidence
        self.weight = weight
    }
}
