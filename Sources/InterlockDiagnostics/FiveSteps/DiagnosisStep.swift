/// The five questions to a server that many agents call at once, each with a tool of its own.
public enum DiagnosisStep: String, Sendable, Hashable, CaseIterable {
    case profile, benchmark, memory, workers, concurrency

    /// Its number, from 1.
    public var number: Int { Self.allCases.firstIndex(of: self).map { $0 + 1 } ?? 0 }

    /// Its name as a heading.
    public var title: String {
        switch self {
        case .profile: "Profile"
        case .benchmark: "Benchmark"
        case .memory: "Memory"
        case .workers: "Workers"
        case .concurrency: "Concurrency"
        }
    }

    /// What it answers.
    public var question: String {
        switch self {
        case .profile: "Where does the time of a call go?"
        case .benchmark: "How long do callers wait at a steady rate of calls?"
        case .memory: "What does the server keep of the work it has done?"
        case .workers: "Does heavy work hold up everybody else?"
        case .concurrency: "Are calls still independent, and sessions still whole, when many arrive at once?"
        }
    }

    /// How much of the time of a whole report it gets beside the others.
    var weight: Double {
        switch self {
        case .profile: 1
        case .benchmark: 2
        case .memory: 4
        case .workers: 2
        case .concurrency: 1
        }
    }
}

extension DoctorFinding.Code {
    /// The step that a finding of a doctor belongs to.
    var step: DiagnosisStep {
        switch self {
        case .blocksLoop, .computesOnLoop, .cpuBound, .upstreamBound, .ioBound, .stalls, .slowList, .largeList, .slowSchema: .workers
        case .memoryPerCall, .memoryPerSession, .memoryByItself, .memoryPlateau, .abandonedSessions, .descriptors, .threads, .children: .memory
        case .serialised, .paced, .lostSessions, .undyingSessions, .failsAtOnce, .noAnswer, .noBackPressure, .progressAstray, .wrongID, .wrongErrorCode, .acceptsInvalid,
            .headersUnchecked, .serverLost:
            .concurrency
        }
    }
}
