/// What the probes of a doctor saw, as figures: everything its rules look at. Times are in milliseconds.
public struct DoctorObservations: Sendable {
    /// A trivial request every few milliseconds while quick calls run.
    public struct Beats: Sendable {
        /// One late answer.
        public struct Late: Sendable {
            public var latency: Double
            /// The share of that time in which the server computed.
            public var cpuShare: Double?
            /// What the machine took of it; the part of this program is how long its own timer was overdue.
            public var contention: Contention

            public init(latency: Double, cpuShare: Double? = nil, contention: Contention = Contention()) {
                self.latency = latency
                self.cpuShare = cpuShare
                self.contention = contention
            }

            /// What is left when the machine's part is taken away: the server's own.
            var rest: Double { contention.rest(of: latency) }
            /// Whether the server's own part is a stall by itself. In that time its threads ran or slept, and did not wait for a processor.
            var isServers: Bool { rest >= min(100, latency / 2) }
        }

        public var count: Int
        public var median: Double
        /// Those that took 100 ms or more.
        public var late: [Late]
        /// Calls completed beside them.
        public var calls: Int
        public var duration: Double
        /// How late this program's own timer was, all the while; empty where that was not measured.
        public var ownLateness: LatencyHistogram

        public init(count: Int, median: Double, late: [Late], calls: Int, duration: Double, ownLateness: LatencyHistogram = LatencyHistogram()) {
            self.count = count
            self.median = median
            self.late = late
            self.calls = calls
            self.duration = duration
            self.ownLateness = ownLateness
        }
    }

    /// What became of legacy sessions.
    public struct Sessions: Sendable {
        public var opened: Int
        public var requests: Int
        /// Requests whose session the server did not know although it had not been ended.
        public var lost: Int
        /// Whether a session that was ended still answered; `nil` when it could not be asked.
        public var answersAfterEnd: Bool?
        /// After how long a rest a session was not known any more, in seconds; and the longest rest that one outlived.
        public var lostAfterRest: Double?
        public var outlivedRest: Double?
        /// Requests in a session from new connections, and how many of them met a server that did not know it.
        public var elsewhere = 0
        public var lostElsewhere = 0
        /// Whether a process of the server had ended, or begun anew, at the end; `nil` when its processes are not known.
        public var hasRestarted: Bool?

        public init(opened: Int, requests: Int, lost: Int, answersAfterEnd: Bool? = nil) {
            self.opened = opened
            self.requests = requests
            self.lost = lost
            self.answersAfterEnd = answersAfterEnd
        }
    }

    /// A rule of the protocol that was tried and did not hold.
    public struct Breach: Sendable {
        public var code: DoctorFinding.Code
        public var sentence: String

        public init(_ code: DoctorFinding.Code, _ sentence: String) {
            self.code = code
            self.sentence = sentence
        }
    }

    /// What is counted of the server's process, before all calls and after them, when none was in flight.
    public struct Counted: Sendable {
        public var quantity: LeakReport.Quantity
        public var before: Int
        public var after: Int
        /// Calls that were made meanwhile.
        public var calls: Int

        public init(_ quantity: LeakReport.Quantity, before: Int, after: Int, calls: Int) {
            self.quantity = quantity
            self.before = before
            self.after = after
            self.calls = calls
        }
    }

    /// A client that asks and does not read.
    public struct Deafness: Sendable {
        /// Bytes of requests the server took.
        public var taken: Int
        /// What its memory grew by meanwhile.
        public var growth: Int
        /// Whether it stopped taking more.
        public var stopped: Bool
        /// Whether this client is the only one that the server has, since it has started it.
        public var isAlone: Bool

        public init(taken: Int, growth: Int, stopped: Bool, isAlone: Bool = false) {
            self.taken = taken
            self.growth = growth
            self.stopped = stopped
            self.isAlone = isAlone
        }
    }

    public var listTimes: [Double] = []
    public var listBytes = 0
    public var toolCount = 0
    /// Latencies of a trivial request while nothing else ran.
    public var quietBeats: [Double] = []
    public var concurrency: [Concurrency] = []
    /// Of each tool that was called and whose schema refuses something.
    public var refusals: [Refusals] = []
    public var beats: Beats?
    public var sessions: Sessions?
    public var breaches: [Breach] = []
    public var protocolChecks = 0
    public var growth: [LeakReport.Part] = []
    /// Descriptors, threads and children over all calls; empty where no process is known.
    public var counted: [Counted] = []
    public var deafness: Deafness?
    /// What is held of sessions that nobody ends.
    public var abandoned: AbandonedSessions?
    /// The server's process over the whole examination; `nil` where none is known.
    public var process: ProcessSummary?
    /// That the server went away; what would have come after it was not looked at.
    public var lost: ServerLoss?
    /// What was to be looked at.
    public var asked: Set<DoctorSubject> = []
    /// What was not looked at, each with the reason.
    public var omitted: [Omission] = []

    public init() {}

    /// Something that was to be looked at and was not.
    public struct Omission: Sendable, Hashable {
        public var subject: DoctorSubject
        public var reason: String

        public init(_ subject: DoctorSubject, _ reason: String) {
            self.subject = subject
            self.reason = reason
        }
    }

    /// What was seen of some subjects, without the others.
    public func only(_ subjects: Set<DoctorSubject>) -> DoctorObservations {
        var seen = DoctorObservations()
        seen.quietBeats = quietBeats
        (seen.process, seen.lost, seen.asked) = (process, lost, asked.intersection(subjects))
        if subjects.contains(.lists) { (seen.listTimes, seen.listBytes, seen.toolCount) = (listTimes, listBytes, toolCount) }
        if subjects.contains(.calls) { (seen.concurrency, seen.refusals) = (concurrency, refusals) }
        if subjects.contains(.stalls) { seen.beats = beats }
        if subjects.contains(.growth) { (seen.growth, seen.counted) = (growth, counted) }
        if subjects.contains(.sessions) { (seen.sessions, seen.abandoned) = (sessions, abandoned) }
        if subjects.contains(.backPressure) { seen.deafness = deafness }
        if subjects.contains(.protocolRules) { (seen.breaches, seen.protocolChecks) = (breaches, protocolChecks) }
        seen.omitted = omitted.filter { subjects.contains($0.subject) }
        return seen
    }

    /// Keeps what is counted of the process before the calls that were made and after them.
    mutating func count(_ before: ProcessSample, _ after: ProcessSample) {
        let calls = calls
        counted = LeakReport.Quantity.allCases.filter { !$0.isBytes }.compactMap { quantity in
            guard let first = quantity.value(before), let last = quantity.value(after) else { return nil }
            return Counted(quantity, before: first, after: last, calls: calls)
        }
    }

    /// Calls of tools that were made, warming up left out.
    var calls: Int {
        concurrency.reduce(0) { sum, one in
            sum + one.alone.count + one.width * one.batches.count + (one.wide.map { $0.width * $0.batches.count } ?? 0)
        } + (beats?.calls ?? 0) + growth.reduce(0) { $0 + ($1.operation == nil ? 0 : $1.cycles) }
    }

    mutating func omit(_ subject: DoctorSubject, _ reason: String) { omitted.append(Omission(subject, reason)) }
}
